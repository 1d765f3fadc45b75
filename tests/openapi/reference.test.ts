/** `/reference` of the embedded host, as a browser shows it. */

import assert from "node:assert/strict";
import { OPERATIONS } from "../../local/openapi/operations.ts";
import { launchBrowser, whyNoBrowser } from "../support/browser.ts";
import { startWorld } from "../functions/support/world.ts";

const reason = await whyNoBrowser();

Deno.test({
  name: `the reference page shows every operation${reason === null ? "" : ` (${reason})`}`,
  ignore: reason !== null,
  fn: async () => {
    await using world = await startWorld();
    const { host } = world;
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ colorScheme: "dark" });
      const faults: string[] = [];
      page.on("pageerror", ({ message }) => faults.push(message));
      page.on("requestfailed", (request) => faults.push(request.url()));
      page.on("response", (response) => {
        if (response.status() >= 400) faults.push(response.url());
      });
      await page.goto(`${host.url}/reference`);
      await page.locator(".opblock").nth(OPERATIONS.length - 1).waitFor();
      assert.equal(await page.locator(".opblock").count(), OPERATIONS.length);
      assert.equal(
        await page.locator(".servers option").first().textContent(),
        host.url + "/functions/v1",
      );
      const publish = page.locator("#operations-Signed-in_users-publish");
      await publish.locator("button").first().click();
      await publish.getByText("media_rejected: The media cannot be posted").waitFor();

      // A sample that nobody wrote is still one of its own status.
      const initiate = page.locator("#operations-Signed-in_users-initiateConnection");
      await initiate.locator("button").first().click();
      const refused = initiate.locator('tr.response[data-code="401"]');
      await refused.getByText('"unauthorized"').waitFor();
      await refused.getByText("401", { exact: true }).nth(1).waitFor();

      // What is tried out is asked as a demo user.
      await initiate.getByRole("button", { name: "Try it out" }).click();
      await initiate.getByRole("button", { name: "Execute" }).click();
      await initiate.locator(".live-responses-table").getByText("authorization_url").waitFor();
      assert.deepEqual(faults, []);
    } finally {
      await browser.close();
    }
  },
});
