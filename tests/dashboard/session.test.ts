/** What ends in the middle on the dashboard: a session, an answer, an account. */

import type { Page } from "playwright-core";
import { equal, ok, same } from "../functions/support/assert.ts";
import { writeVideo } from "../functions/support/media.ts";
import {
  browserTest,
  cardOf,
  connect,
  fillPost,
  newestPost,
  openWindow,
  posted,
  signIn,
  slowUploads,
} from "./support.ts";

const ADA_OPEN_ID = "-000A1daFilmsOpenIdOnlyForThisApp01";
const DATA_API = "**/rest/v1/*";
const CALLBACK = "**/functions/v1/tiktok-callback";

const postButton = (page: Page) => page.getByRole("button", { name: "Post", exact: true });
const whatHasTheFocus = (page: Page) =>
  page.evaluate("document.activeElement.id || document.activeElement.tagName");

browserTest("an upload ends with the session that it was begun in", async (site) => {
  const { page } = await openWindow(site);
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  const path = await Deno.makeTempFile({ suffix: ".mp4" });
  await writeVideo(path, 40_000_000);
  await page.getByLabel("Choose a video").setInputFiles(path);
  await page.getByLabel("Who can see it").selectOption({ label: "Only me" });
  const speedUp = await slowUploads(page, 1_000_000);
  await postButton(page).click();
  await page.getByRole("progressbar", { name: /^Uploading/ }).waitFor();
  // As of a session that was ended elsewhere.
  await page.route(
    DATA_API,
    (route) => route.fulfill({ status: 401, json: { code: "PGRST301", message: "JWT expired" } }),
  );
  await page.getByText("Your session has ended. Sign in again.").waitFor();
  await page.unroute(DATA_API);
  await speedUp();

  await signIn(page, "Grace");
  await connect(page, "Ben at home");
  await page.getByText("Posting as Ben at home").waitFor();
  equal(await page.getByRole("progressbar").count(), 0, "nothing of it goes on");
  equal(await page.getByRole("button", { name: "Use the demo clip" }).isVisible(), true);
  await fillPost(page, { caption: "Grace's own" });
  await postButton(page).click();
  await posted(page, 1);
  await newestPost(page).getByText("Grace's own").waitFor();
  await site.world.host.idle();
  equal(site.world.tiktok.state.publishes.length, 1);
  await Deno.remove(path);
});

browserTest("a connection whose answer was lost can be finished", async (site, t) => {
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await page.route(CALLBACK, (route) => route.abort());

  await t.step("by another try", async () => {
    await connect(page, "Ada Films");
    await page.getByRole("alert").getByText("Nexus can't be reached").waitFor();
    await page.unroute(CALLBACK);
    await page.getByRole("button", { name: "Finish the connection" }).click();
    await page.getByText("@ada.films is connected.").waitFor();
  });
  await t.step("by loading the page again", async () => {
    await page.route(CALLBACK, (route) => route.abort());
    await connect(page, "Ben at home");
    await page.getByRole("alert").getByText("Nexus can't be reached").waitFor();
    await page.unroute(CALLBACK);
    await page.reload();
    await page.getByText("@ben_at_home is connected.").waitFor();
    await page.reload();
    await cardOf(page, "@ben_at_home").waitFor();
    equal(await page.getByText("is connected.").count(), 0, "once is enough");
  });
  same(faults, []);
});

browserTest("a form that was begun", async (site, t) => {
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await connect(page, "Ben at home");
  await connect(page, "Ada Films");
  const form = page.getByRole("region", { name: "New post" });

  await t.step("stays where its account has to be connected again, and says so", async () => {
    await fillPost(page, { caption: "Not lost" });
    site.world.tiktok.users.removeAuthorization(ADA_OPEN_ID);
    await postButton(page).click();
    await form.getByText("has to be connected again before it can post").waitFor();
    equal(await page.getByLabel("Caption").inputValue(), "Not lost");
    equal(await postButton(page).isDisabled(), true);
  });
  await t.step("goes to no other account by itself when its own is gone", async () => {
    await page.getByLabel("Account", { exact: true }).selectOption({ label: "@ada.films" });
    await cardOf(page, "@ada.films").getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("@ada.films is disconnected.").waitFor();
    await form.getByText("It is gone: choose another").waitFor({ state: "attached" });
    await postButton(page).click();
    await form.getByText("Choose an account.").waitFor();
    equal(site.world.tiktok.state.publishes.length, 0);
  });
  same(faults, []);
});

browserTest("the keyboard keeps its place, and times go on", async (site, t) => {
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  await cardOf(page, "@ada.films").getByRole("button", { name: "Disconnect" }).focus();

  await t.step("times are told anew", async () => {
    await cardOf(page, "@ada.films").getByText(/Connected \d+ seconds ago/).waitFor();
  });
  await t.step("on a card that has not changed", async () => {
    equal(
      await page.evaluate("document.activeElement.getAttribute('aria-label')"),
      "Disconnect: @ada.films",
    );
  });
  await t.step("in a post that was cancelled", async () => {
    await fillPost(page);
    await page.getByRole("switch", { name: "Post later" }).check();
    await page.getByRole("button", { name: "Schedule", exact: true }).click();
    await posted(page, 1);
    await newestPost(page).getByRole("button", { name: "Cancel" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the post" }).press("Enter");
    await newestPost(page).getByText("Cancelled").waitFor();
    equal(await whatHasTheFocus(page), "LI");
  });
  await t.step("a preview that is put away is silent", async () => {
    await page.getByRole("button", { name: "Use the demo clip" }).click();
    await page.getByText(/^demo clip\.mp4 · \d/).waitFor();
    await page.evaluate("document.querySelector('#preview').play()");
    await page.getByRole("button", { name: "Choose another" }).click();
    equal(await page.evaluate("document.querySelector('#preview').paused"), true);
  });
  same(faults, []);
});

browserTest("on a small phone what is wrong comes into sight", async (site) => {
  const { page } = await openWindow(site, { viewport: { width: 320, height: 568 } });
  await signIn(page, "Ada");
  await connect(page, "Ada Films");
  await page.getByText("Posting as").waitFor();
  await postButton(page).click();
  const box = await page.getByText("Choose a video first.").boundingBox();
  ok(box && box.y > 0 && box.y + box.height < 568, JSON.stringify(box));
});
