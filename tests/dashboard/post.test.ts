/** Posting on the dashboard: from the file on the disk to the post at TikTok. */

import { equal, match, ok, same } from "../functions/support/assert.ts";
import { writeVideo } from "../functions/support/media.ts";
import {
  browserTest,
  connect,
  fillPost,
  newestPost,
  openWindow,
  posted,
  signIn,
  slowUploads,
} from "./support.ts";

const TICK = "tiktok-status-poll";

browserTest("a post", async (site, t) => {
  const { world } = site;
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  const tick = () => world.schedule.post(TICK, {});
  /** Until TikTok has been asked about everything that is on its way. */
  const letTimePass = async () => {
    for (let ticks = 0; ticks < 3; ticks++) {
      await world.host.idle();
      await world.skip(60);
      await tick();
    }
  };
  const atTikTok = () => world.tiktok.state.posts.length;

  await t.step("is sent, moves by itself, and is published", async () => {
    await fillPost(page, { caption: "From the browser" });
    await page.getByRole("button", { name: "Post", exact: true }).click();
    await posted(page, 1);
    await newestPost(page).getByText(/Waiting|Uploading|Processing/).first().waitFor();
    await letTimePass();
    await newestPost(page).getByText("Published").waitFor();
    equal(atTikTok(), 1);
    const [post] = world.tiktok.state.posts;
    equal(
      world.tiktok.state.publishes.find(({ publish_id }) => publish_id === post?.publish_id)?.title,
      "From the browser",
    );
  });
  await t.step("leaves an empty form, with no privacy chosen", async () => {
    equal(await page.getByLabel("Caption").inputValue(), "");
    equal(await page.getByLabel("Who can see it").inputValue(), "");
  });
  await t.step("shows how far a large file's upload is", async () => {
    const path = await Deno.makeTempFile({ suffix: ".mp4" });
    await writeVideo(path, 40_000_000);
    await page.getByLabel("Choose a video").setInputFiles(path);
    await page.getByLabel("Who can see it").selectOption({ label: "Only me" });
    // Slow enough for a bar to be seen.
    const speedUp = await slowUploads(page, 20_000_000);
    await page.getByRole("button", { name: "Post", exact: true }).click();
    const bar = page.getByRole("progressbar", { name: /^Uploading: [1-9]\d? %$/ });
    await bar.waitFor();
    ok(Number(await bar.getAttribute("value")) > 0);
    await speedUp();
    await posted(page, 2);
    await letTimePass();
    await newestPost(page).getByText("Published").waitFor();
    await Deno.remove(path);
  });
  await t.step("is scheduled, and cancelled before its time", async () => {
    const before = atTikTok();
    await fillPost(page);
    await page.getByRole("switch", { name: "Post later" }).check();
    await page.getByRole("button", { name: "Schedule", exact: true }).click();
    await page.getByText("The post is scheduled.").waitFor();
    await posted(page, 3);
    await newestPost(page).getByText("Scheduled").waitFor();
    const dialog = page.getByRole("dialog", { name: "Cancel this post?" });
    await newestPost(page).getByRole("button", { name: "Cancel" }).click();
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await newestPost(page).getByText("Scheduled").waitFor();
    await newestPost(page).getByRole("button", { name: "Cancel" }).click();
    await dialog.getByRole("button", { name: "Cancel the post" }).click();
    await newestPost(page).getByText("Cancelled").waitFor();
    await world.skip(2 * 3_600);
    await tick();
    equal(atTikTok(), before);
  });
  await t.step("is sent as a draft, without what only a direct post says", async () => {
    await page.getByRole("button", { name: "Use the demo clip" }).click();
    await page.getByRole("radio", { name: "Send as a draft" }).check();
    equal(await page.getByLabel("Caption").isVisible(), false);
    await page.getByRole("button", { name: "Send the draft" }).click();
    await posted(page, 4);
    await letTimePass();
    await newestPost(page).getByText("In the inbox").waitFor();
    await page.getByRole("radio", { name: "Post to the profile" }).check();
  });
  await t.step("that TikTok refuses says why, in words and with TikTok's code", async () => {
    await fillPost(page);
    world.tiktok.faults.add({
      path: "/v2/post/publish/video/init/",
      kind: "error",
      code: "unaudited_client_can_only_post_to_private_accounts",
      status: 403,
    });
    await page.getByRole("button", { name: "Post", exact: true }).click();
    await posted(page, 5);
    await newestPost(page).getByText("Failed").waitFor();
    const told = await newestPost(page).innerText();
    match(told, /private/);
    match(told, /unaudited_client_can_only_post_to_private_accounts/);
  });
  await t.step(
    "with a file that breaks the rules is answered at the file, all at once",
    async () => {
      const unfit = new URL("../functions/fixtures/unfit.mp4", import.meta.url).pathname;
      await page.getByLabel("Choose a video").setInputFiles(unfit);
      await page.getByLabel("Who can see it").selectOption({ label: "Only me" });
      await page.getByRole("button", { name: "Post", exact: true }).click();
      await page.getByText(/it must be upright, 9:16/).waitFor();
      await page.getByText(/it must last 15 to 600 s/).waitFor();
      await page.getByRole("button", { name: "Choose another" }).click();
    },
  );
  await t.step(
    "that is missing a video or a privacy level is not sent, and says what is missing",
    async () => {
      await page.reload();
      await page.getByRole("button", { name: "Post", exact: true }).click();
      await page.getByText("Choose a video first.").waitFor();
      await page.getByText("Choose who can see the post.").waitFor();
    },
  );
  same(faults, []);
});

browserTest("everything by keyboard alone", async (site) => {
  const { page, faults } = await openWindow(site);
  /** Tab until the wanted element has the focus: at most as often as there could be elements. */
  const tabTo = async (
    role: "button" | "radio" | "checkbox" | "combobox" | "textbox",
    name: RegExp,
  ) => {
    for (let count = 0; count < 80; count++) {
      await page.keyboard.press("Tab");
      const found = page.getByRole(role, { name });
      for (let nth = 0; nth < await found.count(); nth++) {
        if (await found.nth(nth).evaluate((node) => node === node.ownerDocument.activeElement)) {
          return;
        }
      }
    }
    throw new Error(`Tab never came to ${role} ${name}`);
  };
  await page.getByRole("button", { name: "Ada" }).waitFor();
  await tabTo("button", /Ada/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
  await tabTo("button", /Connect TikTok/);
  await page.keyboard.press("Enter");
  await page.getByRole("radio", { name: "Ada Films" }).waitFor();
  await tabTo("button", /^Continue$/);
  await page.keyboard.press("Enter");
  await page.getByText("@ada.films is connected.").waitFor();
  await tabTo("button", /Use the demo clip/);
  await page.keyboard.press("Enter");
  await page.getByText(/^demo clip\.mp4 · \d/).waitFor();
  await tabTo("textbox", /Caption/);
  await page.keyboard.type("No mouse");
  await tabTo("combobox", /Who can see it/);
  await page.keyboard.press("End");
  await tabTo("button", /^Post$/);
  await page.keyboard.press("Enter");
  await page.getByText("The post is on its way.").waitFor();
  same(faults, []);
});
