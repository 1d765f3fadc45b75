/** `/reference` of the embedded host, as a browser shows it. */

import assert from "node:assert/strict";
import { OPERATIONS } from "../../local/openapi/operations.ts";
import { launchBrowser, whyNoBrowser } from "../support/browser.ts";
import { startTestHost } from "../host/support.ts";

const reason = await whyNoBrowser();

Deno.test({
  name: `the reference page shows every operation${reason === null ? "" : ` (${reason})`}`,
  ignore: reason !== null,
  fn: async () => {
    const host = await startTestHost();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
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
      assert.deepEqual(faults, []);
    } finally {
      await browser.close();
      await host.close();
    }
  },
});
