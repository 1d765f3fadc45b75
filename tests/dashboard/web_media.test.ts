/** What is posted from the web: a video that is relayed or pulled, and photos, which are another form. */

import type { Locator } from "playwright-core";
import { equal, ok, same } from "../functions/support/assert.ts";
import { writeVideo } from "../functions/support/media.ts";
import { CDN, pullable } from "../functions/support/pulls.ts";
import { serveFile } from "../functions/support/source.ts";
import { browserTest, connect, newestPost, openWindow, PHONE, posted, signIn } from "./support.ts";

const file = await Deno.makeTempFile({ suffix: ".mp4" });
const sha256 = await writeVideo(file, 6_000_000);
const source = serveFile(file);
Deno.test.afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await Deno.remove(file);
});

browserTest("a post from the web", async (site, t) => {
  const { world } = site;
  // The preview is above the button there.
  const { page, faults } = await openWindow(site, { viewport: PHONE });
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  const form = page.getByRole("region", { name: "New post" });
  const choose = (label: string) => page.getByLabel("What is posted").selectOption({ label });
  const post = page.getByRole("button", { name: "Post", exact: true });
  const onlyMe = () => page.getByLabel("Who can see it").selectOption({ label: "Only me" });
  /**
   * As a hand clicks: the mouse goes down, the field that had the focus is left, what shows its content
   * comes up, and only then the mouse is let go, where it went down. Nothing may move meanwhile, not even
   * where the browser's scroll anchoring would make up for it.
   */
  const pressPost = async (preview: Locator) => {
    await post.scrollIntoViewIfNeeded();
    const box = await post.boundingBox();
    ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const top = "document.querySelector('#post-button').getBoundingClientRect().top + scrollY";
    const before = await page.evaluate(top);
    await page.mouse.down();
    await preview.waitFor();
    equal(await page.evaluate(top), before, "the button has moved under the mouse");
    await page.mouse.up();
  };
  const published = async (count: number) => {
    await posted(page, count);
    for (let ticks = 0; ticks < 3; ticks++) {
      await world.host.idle();
      await world.tiktok.pullsDone();
      await world.skip(60);
      await world.schedule.post("tiktok-status-poll", {});
    }
    await newestPost(page).getByText("Published").waitFor();
  };

  await t.step("without an address is not sent, and says what is missing", async () => {
    await choose("A video on the web");
    await post.click();
    await form.getByText("Enter the address of the video.").waitFor();
  });
  await t.step("at half an address is not sent, and says what a whole one is", async () => {
    await page.getByLabel("Address of the video").fill("example.com/a.mp4");
    await post.click();
    await form.getByText("Enter a whole address, such as https://example.com/a.mp4.").waitFor();
    const focused = await page.evaluate("document.activeElement.id");
    equal(focused, "video-url", "what is wrong has the focus");
    equal(
      await page.locator(".media [aria-invalid=true]").count(),
      1,
      "nothing else is called wrong",
    );
    await page.getByLabel("Address of the video").fill("");
  });
  await t.step("that Nexus fetches is shown beforehand, and arrives to the byte", async () => {
    await onlyMe();
    await page.getByLabel("Caption").fill("Relayed");
    await page.getByLabel("Address of the video").pressSequentially(source.url);
    await pressPost(page.getByLabel("The video at that address"));
    await published(1);
    same(world.tiktok.state.posts.map((post) => post.sha256), [sha256]);
    equal(
      await page.getByLabel("Address of the video").inputValue(),
      "",
      "the form is empty again",
    );
  });
  await t.step("that TikTok fetches", async () => {
    await page.getByLabel("Address of the video").fill(`${CDN}a.mp4`);
    await page.getByLabel("How it gets to TikTok").selectOption("pull");
    await onlyMe();
    await post.click();
    await published(2);
    equal(world.tiktok.state.publishes.at(-1)?.source, "PULL_FROM_URL");
  });
  await t.step("at an address that is not public is answered at the address", async () => {
    await page.getByLabel("Address of the video").fill("https://10.0.0.1/a.mp4");
    await onlyMe();
    await post.click();
    await form.getByText(/public https/).waitFor();
  });
  await t.step("of photos has a title, and nothing that is a video's alone", async () => {
    await page.getByRole("switch", { name: "Duet" }).check();
    await choose("Photos on the web");
    for (const name of ["Duet", "Stitch", "Made with AI"]) {
      equal(await page.getByRole("switch", { name }).isVisible(), false, name);
    }
    equal(await page.getByRole("switch", { name: "Comment" }).isVisible(), true);
    await page.getByText("0 of 4000").waitFor();
    await page.getByLabel("Title").fill("Two of them");
    await page.getByLabel("Caption").fill("Seen today");
    await page.getByRole("switch", { name: /promotes a brand/ }).check();
    await page.getByRole("checkbox", { name: "Your brand" }).check();
    await page.getByText("Your photo will be labeled as 'Promotional content'.").waitFor();
    await page.getByRole("switch", { name: /promotes a brand/ }).uncheck();
    await onlyMe();
    await page.getByLabel("Addresses of the photos")
      .pressSequentially(`${CDN}1.jpg\n\n ${CDN}2.jpg \n`);
    await pressPost(page.getByText("Photo 1, the cover: can't be shown here"));
    await published(3);
    const publish = world.tiktok.state.publishes.at(-1);
    same([publish?.title, publish?.urls], ["Two of them", [`${CDN}1.jpg`, `${CDN}2.jpg`]]);
    equal(await page.getByLabel("Title").inputValue(), "", "the form is empty again");
  });
  same(faults, []);
}, {
  env: { MEDIA_ALLOWED_HOSTS: source.host, TIKTOK_DAILY_POST_LIMIT: "100" },
  tiktok_options: pullable(),
});
