/** What can go otherwise than planned while one posts: another file, a change of mind, a full day. */

import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { equal, same } from "../functions/support/assert.ts";
import { clip_path, writeVideo } from "../functions/support/media.ts";
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

const post = (page: Page) => page.getByRole("button", { name: "Post", exact: true });
const choose = (page: Page, name: string, mimeType: string, buffer: Uint8Array) =>
  page.getByLabel("Choose a video").setInputFiles({ name, mimeType, buffer: Buffer.from(buffer) });

/** In the page: a text file is dropped where videos are. */
const DROP_NOTES = `{
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["words"], "notes.txt", { type: "text/plain" }));
  document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer }));
}`;

browserTest("a post that does not go as planned", async (site, t) => {
  const { world } = site;
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  const form = page.getByRole("region", { name: "New post" });

  await t.step("a file that is no video is named, and not kept for one", async () => {
    await page.getByLabel("Choose a video").setInputFiles(clip_path);
    await form.getByText(/^clip\.mp4 · 0:16/).waitFor();
    await page.evaluate(DROP_NOTES);
    await form.getByText("notes.txt is neither MP4 nor MOV. Choose a video that is.").waitFor();
    equal(await form.getByText(/^clip\.mp4/).count(), 0);
  });
  await t.step("an empty file is told before it is sent", async () => {
    await choose(page, "nothing.mp4", "video/mp4", new Uint8Array());
    await form.getByText("nothing.mp4 is empty. Choose another video.").waitFor();
    await page.getByLabel("Who can see it").selectOption({ label: "Only me" });
    await post(page).click();
    await form.getByText("Choose a video first.").waitFor();
  });
  await t.step("a file that was cut off on its way is told at the file", async () => {
    const whole = await Deno.readFile(clip_path);
    await choose(page, "half.mp4", "video/mp4", whole.subarray(0, 100_000));
    await post(page).click();
    await form.getByText(/it was cut off on its way/).waitFor();
    await page.getByRole("button", { name: "Choose another" }).click();
  });
  await t.step("an upload that is stopped posts nothing, and can be begun anew", async () => {
    const path = await Deno.makeTempFile({ suffix: ".mp4" });
    await writeVideo(path, 40_000_000);
    await page.getByLabel("Choose a video").setInputFiles(path);
    const speedUp = await slowUploads(page, 5_000_000);
    await post(page).click();
    await page.getByRole("progressbar", { name: /^Uploading: [1-9]\d? %$/ }).waitFor();
    for (const name of ["Post later", "Comment"]) {
      equal(await page.getByRole("switch", { name }).isDisabled(), true, name);
    }
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await form.getByText("The upload was stopped. Nothing was posted.").waitFor();
    equal(await page.evaluate("document.activeElement.id"), "post-button");
    equal(await page.locator("#jobs > li").count(), 0);
    await speedUp();
    await page.getByLabel("Caption").fill("On second thought");
    await post(page).click();
    await posted(page, 1);
    await Deno.remove(path);
  });
  await t.step("is known by its caption, also after a reload", async () => {
    await newestPost(page).getByText("On second thought").waitFor();
    await page.reload();
    await newestPost(page).getByText("On second thought").waitFor();
  });
  await t.step("beyond the day's posts says that it is held back, and until when", async () => {
    await fillPost(page, { caption: "" });
    await post(page).click();
    await page.getByText("The post is on its way.").waitFor();
    await posted(page, 2);
    await world.host.idle();
    await world.schedule.post("tiktok-status-poll", {});
    await newestPost(page).getByText("demo clip.mp4").waitFor();
    await newestPost(page).getByText("Held back").waitFor();
    await newestPost(page).getByText(
      /posts of 24 hours are used up\. It goes out by itself, in 2[34] hours\.|tomorrow/,
    ).waitFor();
  });
  await t.step("that is not sent leaves no good news of the one before", async () => {
    await page.getByText("The post is on its way.").waitFor();
    await post(page).click();
    await form.getByText("Choose a video first.").waitFor();
    equal(await page.getByText("The post is on its way.").count(), 0);
  });
  same(faults, []);
}, { env: { TIKTOK_DAILY_POST_LIMIT: "1" } });
