/**
 * TikTok's audit of Direct Post, point by point
 * (https://developers.tiktok.com/doc/content-sharing-guidelines).
 */

import type { Page } from "playwright-core";
import { equal, match, ok, same } from "../functions/support/assert.ts";
import { BEN_PRIVATE } from "../functions/support/accounts.ts";
import { browserTest, connect, fillPost, openWindow, posted, signIn } from "./support.ts";

const CREATOR = "/v2/post/publish/creator_info/query/";
const INIT = "/v2/post/publish/video/init/";

const UNDECIDED = "You need to indicate if your content promotes yourself, a third party, or both.";
const PRIVATE_BRAND = "Branded content visibility cannot be set to private.";
const MUSIC = "By posting, you agree to TikTok's Music Usage Confirmation.";
const BRANDED =
  "By posting, you agree to TikTok's Branded Content Policy and Music Usage Confirmation.";

const postButton = (page: Page) => page.getByRole("button", { name: "Post", exact: true });
const disclose = (page: Page) => page.getByRole("switch", { name: /promotes a brand/ });
const box = (page: Page, name: "Your brand" | "Branded content") =>
  page.getByRole("checkbox", { name });
const privacy = (page: Page) => page.getByLabel("Who can see it");
const optionsOf = (page: Page) =>
  privacy(page).locator("option").evaluateAll((options) =>
    options.map((option) => {
      const { value, disabled, title } = option as unknown as {
        value: string;
        disabled: boolean;
        title: string;
      };
      return { value, disabled, title };
    })
  );

browserTest("the audit's points", async (site, t) => {
  const { world } = site;
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  await page.getByText("Posting as").waitFor();

  await t.step("1. the form asks creator_info when it is shown, each time anew", async () => {
    const before = world.calls(CREATOR);
    await page.reload();
    await page.getByText("Posting as").waitFor();
    ok(world.calls(CREATOR) > before);
  });
  await t.step("1. the creator's nickname is shown", async () => {
    await page.getByText("Posting as Ada Films").waitFor();
  });
  await t.step(
    "1. a video longer than the creator may post is stopped before it is sent",
    async () => {
      const [ada] = world.tiktok.state.accounts;
      ok(ada);
      const limit = ada.max_video_duration_seconds;
      ada.max_video_duration_seconds = 5;
      await page.reload();
      await page.getByText("Videos up to 0:05").waitFor();
      await fillPost(page);
      await postButton(page).click();
      await page.getByText("This account may post videos up to 0:05.").waitFor();
      equal(world.calls(INIT), 0);
      ada.max_video_duration_seconds = limit;
    },
  );
  await t.step(
    "1. a creator who can't post right now is told so, and the button is off",
    async () => {
      const [ada] = world.tiktok.state.accounts;
      ok(ada);
      ada.posting = "spam_risk_too_many_posts";
      await page.reload();
      await page.getByText(/Please try again tomorrow/).first().waitFor();
      await page.getByRole("button", { name: "Use the demo clip" }).waitFor();
      equal(await postButton(page).isDisabled(), true);
      ada.posting = "allowed";
      await page.reload();
      await page.getByText("Posting as").waitFor();
    },
  );
  await t.step("2. the caption is the user's: empty at first, and edited freely", async () => {
    equal(await page.getByLabel("Caption").inputValue(), "");
    await page.getByLabel("Caption").fill("My own words #mine");
    await page.getByText("18 of 2200").waitFor();
    await page.getByLabel("Caption").fill("");
  });
  await t.step("2. privacy is a choice among the creator's options, with none made", async () => {
    equal(await privacy(page).inputValue(), "");
    same((await optionsOf(page)).map(({ value }) => value), [
      "",
      "PUBLIC_TO_EVERYONE",
      "MUTUAL_FOLLOW_FRIENDS",
      "SELF_ONLY",
    ]);
  });
  await t.step("2. comment, duet and stitch are off", async () => {
    for (const name of ["Comment", "Duet", "Stitch"]) {
      equal(await page.getByRole("switch", { name }).isChecked(), false, name);
      equal(await page.getByRole("switch", { name }).isEnabled(), true, name);
    }
  });
  await t.step("3. commercial disclosure is off, and nothing is asked about it", async () => {
    equal(await disclose(page).isChecked(), false);
    equal(await box(page, "Your brand").isVisible(), false);
    equal(await page.getByText(/will be labeled/).count(), 0);
  });
  await t.step("3. once it is on, posting waits for a choice, and says why", async () => {
    await disclose(page).check();
    equal(await postButton(page).isDisabled(), true);
    equal(await postButton(page).getAttribute("title"), UNDECIDED);
    await page.getByText(UNDECIDED).first().waitFor();
    equal(await page.getByText(/will be labeled/).count(), 0, "no label before a choice");
  });
  await t.step("3. your brand: 'Promotional content'; 5. the music's consent", async () => {
    await box(page, "Your brand").check();
    await page.getByText("Your video will be labeled as 'Promotional content'.").waitFor();
    await page.getByText(MUSIC, { exact: true }).waitFor();
    equal(await postButton(page).isEnabled(), true);
  });
  await t.step("3. both: 'Paid partnership'; 5. both consents", async () => {
    await box(page, "Branded content").check();
    await page.getByText(/Your video will be labeled as 'Paid partnership'\./).waitFor();
    await page.getByText(BRANDED, { exact: true }).waitFor();
  });
  await t.step("3. branded content alone: the same", async () => {
    await box(page, "Your brand").uncheck();
    await page.getByText(/Your video will be labeled as 'Paid partnership'\./).waitFor();
    await page.getByText(BRANDED, { exact: true }).waitFor();
  });
  await t.step("4. branded first: 'only me' can't be chosen, and says why", async () => {
    const only_me = (await optionsOf(page)).find(({ value }) => value === "SELF_ONLY");
    same([only_me?.disabled, only_me?.title], [true, PRIVATE_BRAND]);
  });
  await t.step("4. 'only me' first: branded content can't be chosen, and says why", async () => {
    await box(page, "Branded content").uncheck();
    await privacy(page).selectOption({ label: "Only me" });
    equal(await box(page, "Branded content").isDisabled(), true);
    equal(await box(page, "Branded content").getAttribute("title"), PRIVATE_BRAND);
    await disclose(page).uncheck();
  });
  await t.step(
    "5. the consent line stands before the button, with TikTok's own pages as links",
    async () => {
      await page.getByText(MUSIC, { exact: true }).waitFor();
      equal(
        await page.getByRole("link", { name: "Music Usage Confirmation" }).getAttribute("href"),
        "https://www.tiktok.com/legal/page/global/music-usage-confirmation/en",
      );
      const above = await page.getByText(MUSIC, { exact: true }).boundingBox();
      const button = await postButton(page).boundingBox();
      ok(above && button && above.y + above.height <= button.y + 1, "above the button");
    },
  );
  await t.step("6. the video can be looked at before it is sent", async () => {
    await page.getByRole("button", { name: "Use the demo clip" }).click();
    const preview = page.getByLabel("Preview of the video");
    await preview.waitFor();
    ok(await preview.evaluate((video) => "controls" in video && Boolean(video.controls)));
  });
  await t.step("6. nothing is uploaded before the button is pressed", () => {
    equal(world.calls(INIT), 0);
    same(world.tiktok.state.uploads, []);
  });
  await t.step(
    "6. the caption that was typed is the one that is posted, and nothing is added",
    async () => {
      await page.getByLabel("Caption").fill("My own words #mine");
      await privacy(page).selectOption({ label: "Everyone" });
      await page.getByRole("switch", { name: "Comment" }).check();
      await postButton(page).click();
      await posted(page, 1);
      await world.host.idle();
      const [publish] = world.tiktok.state.publishes;
      equal(publish?.title, "My own words #mine");
      equal(publish?.privacy_level, "PUBLIC_TO_EVERYONE");
    },
  );
  await t.step("6. processing is said to take minutes, and its end is shown", async () => {
    const words = page.locator("#jobs > li").first();
    await words.getByText(/Processing|Published/).first().waitFor();
    const told = await words.innerText();
    if (told.includes("Processing")) match(told, /can take a few minutes/);
    for (let ticks = 0; ticks < 3; ticks++) {
      await world.skip(60);
      await world.schedule.post("tiktok-status-poll", {});
    }
    await words.getByText("Published").waitFor();
  });
  await t.step("2. what the creator turned off is grey, and can't be switched on", async () => {
    await connect(page, "Ben at home");
    await page.getByLabel("Account", { exact: true }).selectOption({ label: "@ben_at_home" });
    await page.getByText("Posting as Ben at home").waitFor();
    for (const name of ["Duet", "Stitch"]) {
      equal(await page.getByRole("switch", { name }).isDisabled(), true, name);
      equal(await page.getByRole("switch", { name }).isChecked(), false, name);
    }
    equal(await page.getByRole("switch", { name: "Comment" }).isEnabled(), true);
    await page.getByText("Turned off in this account's settings: duet, stitch.").waitFor();
    const { visibility } = world.tiktok.state.accounts.find(({ open_id }) =>
      open_id === BEN_PRIVATE
    ) ?? {};
    equal(visibility, "private");
    ok(!(await optionsOf(page)).some(({ value }) => value === "PUBLIC_TO_EVERYONE"));
  });
  await t.step("9. a scheduled post was agreed to like any other", async () => {
    await page.getByRole("switch", { name: "Post later" }).check();
    await page.getByText(MUSIC, { exact: true }).waitFor();
    equal(await privacy(page).inputValue(), "", "and its privacy is still to be chosen");
  });
  await t.step("10. no secret of the app is on the page", async () => {
    const { TIKTOK_CLIENT_SECRET } = Deno.env.toObject();
    ok(TIKTOK_CLIENT_SECRET && TIKTOK_CLIENT_SECRET.length > 8);
    const { config } = await page.evaluate(async () => ({
      config: await (await fetch("/dev/config")).text(),
    }));
    ok(
      !config.includes(TIKTOK_CLIENT_SECRET) &&
        !(await page.content()).includes(TIKTOK_CLIENT_SECRET),
    );
  });
  same(faults, []);
});
