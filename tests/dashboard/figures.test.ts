/** Figures on the dashboard: totals, a chart of each, every video, and the file for a spreadsheet. */

import { equal, match, ok, same } from "../functions/support/assert.ts";
import { ACCESS_TTL_SECONDS, goBackAMonth, growing, passMonth } from "./history.ts";
import { browserTest, connect, openWindow, signIn } from "./support.ts";

browserTest("figures", async (site, t) => {
  const { world } = site;
  await goBackAMonth(world);
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  const figures = page.getByRole("region", { name: "Figures", exact: true });
  const chart = figures.getByRole("img");

  await t.step(
    "of an account that was connected just now are totals, without a chart",
    async () => {
      await figures.getByText("128,430").waitFor();
      equal(await chart.count(), 0);
    },
  );
  await passMonth(world);
  await page.reload();
  await t.step("of a month are drawn, and told in words", async () => {
    await figures.getByRole("button", { name: /^Followers/, pressed: true }).waitFor();
    await chart.locator("canvas").waitFor();
    match(
      await chart.getAttribute("aria-label") ?? "",
      /^Followers: from 128,\d{3} on .+ to 129,\d{3} on .+, in \d\d readings\.$/,
    );
    match(await figures.innerText(), /\+1,\d{3} in this time/);
  });
  await t.step("each total has its own chart", async () => {
    await figures.getByRole("button", { name: /^Likes/ }).click();
    await page.getByRole("img", { name: /^Likes: from 2,3\d\d,\d{3} on/ }).waitFor();
    equal(
      await figures.getByRole("button", { name: /^Followers/ }).getAttribute("aria-pressed"),
      "false",
    );
  });
  await t.step("something is really drawn: the line's color is on the canvas", async () => {
    const colored = await chart.locator("canvas").evaluate((node) => {
      const canvas = node as unknown as {
        width: number;
        height: number;
        getContext(kind: "2d"): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
      };
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      // The accent of the light scheme: #5531ea.
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] === 0x55 && data[at + 1] === 0x31 && data[at + 2] === 0xea) count++;
      }
      return count;
    });
    ok(colored > 200, `${colored} pixels`);
  });
  await t.step("a shorter period has fewer readings", async () => {
    const readings = async () =>
      Number(/in (\d+) readings/.exec(await chart.getAttribute("aria-label") ?? "")?.[1]);
    const before = await readings();
    await figures.getByLabel("Period of the figures").selectOption({ label: "7 days" });
    await page.getByRole("img", { name: /in [78] readings/ }).waitFor();
    ok(before > 25, `${before}`);
  });
  await t.step("every video is in the table, with its counts", async () => {
    const [ada] = world.tiktok.state.accounts;
    await figures.getByRole("button", { name: "Show all 23 videos" }).click();
    const table = figures.getByRole("region", { name: "Figures of each video" });
    equal(await table.getByRole("row").count(), (ada?.videos.length ?? 0) + 1);
    await figures.getByRole("rowheader", { name: /Machine no\. 23/ }).waitFor();
  });
  await t.step("are downloaded as CSV", async () => {
    const download = page.waitForEvent("download");
    await figures.getByRole("button", { name: "Download CSV" }).click();
    const file = await download;
    equal(file.suggestedFilename(), "ada.films-analytics.csv");
    match(await Deno.readTextFile(await file.path()), /follower_count/);
  });
  await t.step(
    "are told in words where the chart cannot be loaded, and drawn once it can",
    async () => {
      const other = await openWindow(site);
      await other.page.route("**/vendor/uplot.css", (route) => route.abort());
      await signIn(other.page, "Ada");
      await other.page.getByText(/^Followers: from 128,\d{3} on .+ readings\.$/).waitFor();
      await other.page.unroute("**/vendor/uplot.css");
      await other.page.getByRole("button", { name: /^Likes/ }).click();
      await other.page.getByRole("img", { name: /^Likes: from/ }).locator("canvas").waitFor();
      same(other.faults, []);
      await other.context.close();
    },
  );
  await t.step("that an account did not grant are said to be missing", async () => {
    await connect(page, "Ben at home", { without: ["user.info.stats", "video.list"] });
    await figures.getByLabel("Account of the figures").selectOption({ label: "@ben_at_home" });
    await figures.getByText(/may not read the account's statistics and the list of your videos/)
      .waitFor();
  });
  same(faults, []);
}, {
  tiktok_options: { grow: growing(), access_ttl_seconds: ACCESS_TTL_SECONDS },
});
