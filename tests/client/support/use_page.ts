/** client/README.md's whole page as a user meets it: he refuses, agrees, and clicks twice. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { clip_path } from "../../functions/support/media.ts";
import type { Desk } from "./desk.ts";

const REFUSED = "The user did not agree to connect the account.";

/** `page`: of a user who is signed in, has posted, and has no account connected. */
export async function usePage(t: Deno.TestContext, page: Page, desk: Desk): Promise<void> {
  const decide = async (decision: "continue" | "cancel") => {
    await page.locator("#connect").click();
    await page.locator(`button[value=${decision}]`).click();
    await page.waitForURL(`${desk.url}/connections`);
  };
  const post = page.locator("form button");
  const posts = page.locator("li");
  await page.goto(`${desk.url}/connections`);
  await posts.first().waitFor();
  const posts_before = await posts.count();

  await t.step("tells of a refused consent, and goes on", async () => {
    await decide("cancel");
    await page.getByText(REFUSED).waitFor();
    await posts.nth(posts_before - 1).waitFor();
  });

  await t.step("connects, posts once however often one clicks, and follows", async () => {
    await decide("continue");
    await page.locator("option[value=SELF_ONLY]").waitFor({ state: "attached" });
    await page.locator("[name=privacy_level]").selectOption("SELF_ONLY");
    await page.locator("[name=caption]").fill("Hello");
    await page.locator("[name=video]").setInputFiles(clip_path);
    const uploads: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().includes("/storage/v1/object/")) {
        uploads.push(request.url());
      }
    });
    await post.dblclick();
    await page.getByText("It is on its way.").waitFor();
    await posts.nth(posts_before).waitFor();
    assert.equal(uploads.length, 1, uploads.join("\n"));
    assert.equal(await posts.count(), posts_before + 1);
    assert.match(await posts.first().innerText(), /^(queued|uploading|processing)$/);
    assert.ok(await post.isEnabled(), "the next one may be posted");
  });

  await t.step("a refusal is still to be read beside an account that may post", async () => {
    await decide("cancel");
    await page.locator("option[value=SELF_ONLY]").waitFor({ state: "attached" });
    await posts.nth(posts_before).waitFor();
    assert.equal(await page.locator("p").innerText(), REFUSED);
  });
}
