/** Connecting on the dashboard: whatever the user answers on TikTok's page. */

import { equal, ok, same } from "../functions/support/assert.ts";
import { browserTest, cardOf, connect, openWindow, signIn } from "./support.ts";

browserTest("an account", async (site, t) => {
  const { page, faults } = await openWindow(site);
  await signIn(page, "Ada");
  await t.step("nothing is connected at first", async () => {
    await page.getByText("No account yet").waitFor();
  });
  await t.step("a no on TikTok's page connects nothing, and says so", async () => {
    await connect(page, "Ada Films", { answer: "Cancel" });
    await page.getByRole("alert").getByText("was not allowed to connect").waitFor();
    equal(await page.getByText("No account yet").isVisible(), true);
  });
  await t.step("with everything allowed, works in every way", async () => {
    await connect(page, "Ada Films");
    await page.getByText("@ada.films is connected.").waitFor();
    const card = cardOf(page, "@ada.films");
    await card.getByText("Connected", { exact: true }).waitFor();
    const told = await card.getByRole("list", { name: "What this account can do" }).innerText();
    ok(!told.includes("Does not work"), told);
  });
  await t.step("the code is not left in the address", () => {
    same(new URL(page.url()).search, "");
  });
  await t.step(
    "a second one, with less allowed, says what it can't do and how to mend that",
    async () => {
      await connect(page, "Ben at home", { without: ["video.publish", "user.info.stats"] });
      const card = cardOf(page, "@ben_at_home");
      await card.getByText("Does not work").first().waitFor();
      await card.getByText(/Not allowed yet/).first().waitFor();
      await card.getByRole("button", { name: "Allow more" }).waitFor();
    },
  );
  await t.step("allowing more makes it whole", async () => {
    await cardOf(page, "@ben_at_home").getByRole("button", { name: "Allow more" }).click();
    await page.getByRole("radio", { name: "Ben at home" }).check();
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByText("@ben_at_home is connected.").waitFor();
    await page.getByText("Does not work").waitFor({ state: "detached" });
  });
  await t.step("that TikTok bans from posting is refused, with the reason", async () => {
    await connect(page, "Cleo");
    await page.getByRole("alert").getByText(/banned|may not post/).first().waitFor();
    equal(await page.getByText("@cleo.on.hold", { exact: false }).count(), 0);
  });
  await t.step("another user sees nothing of it", async () => {
    const other = await openWindow(site);
    await signIn(other.page, "Grace");
    await other.page.getByText("No account yet").waitFor();
    await other.context.close();
  });
  await t.step("is disconnected after a question, which Escape answers with no", async () => {
    const card = cardOf(page, "@ben_at_home");
    await card.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("dialog", { name: "Disconnect @ben_at_home?" }).waitFor();
    await page.keyboard.press("Escape");
    await card.getByText("Connected", { exact: true }).waitFor();
    await card.getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    await card.getByText("Disconnected", { exact: true }).waitFor();
  });
  await t.step("that was ended at TikTok says so, and is reconnected", async () => {
    site.world.tiktok.users.removeAuthorization("-000A1daFilmsOpenIdOnlyForThisApp01");
    // Whoever uses it next finds out.
    await page.reload();
    await cardOf(page, "@ada.films").getByText("Needs reconnecting").waitFor();
    await cardOf(page, "@ada.films").getByRole("button", { name: "Reconnect" }).click();
    await page.getByRole("radio", { name: "Ada Films" }).check();
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await cardOf(page, "@ada.films").getByText("Connected", { exact: true }).waitFor();
  });
  await t.step(
    "brought back to nobody waits for who started it, out of the address at once",
    async () => {
      const other = await openWindow(site);
      await other.page.goto("/connected?state=some-state&code=some-code");
      await other.page.getByText("Sign in as the one who started").waitFor();
      same(new URL(other.page.url()).pathname + new URL(other.page.url()).search, "/");
      await signIn(other.page, "Grace");
      await other.page.getByRole("alert").waitFor();
      await other.context.close();
    },
  );
  await t.step("signing out leaves nothing on the page", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Post to TikTok from Nexus" }).waitFor();
    equal(await page.getByText("@ada.films").count(), 0);
  });
  same(faults, []);
});
