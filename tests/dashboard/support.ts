/** The dashboard in Debian's Chromium, on a host of its own. */

import type { Browser, BrowserContext, Page } from "playwright-core";
import { demoAccounts } from "../../local/tiktok/index.ts";
import type { HostOptions } from "../../local/host/index.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import { launchBrowser, whyNoBrowser } from "../support/browser.ts";

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Where screenshots of a run are left; nothing of it is in git. */
export const ARTEFACTS = new URL("artefacts/", import.meta.url).pathname;

/** How long anything may take that a test waits for: a new machine's first page brings much along. */
const PATIENCE_MS = 60_000;

export type Scheme = "light" | "dark";
export type Look = { viewport: { width: number; height: number }; scheme: Scheme };

export type Site = { world: World; browser: Browser };

const no_browser = await whyNoBrowser();

/** Registers a test that is given a host and a browser; ignored where there is no Chromium. */
export function browserTest(
  name: string,
  fn: (site: Site, t: Deno.TestContext) => Promise<void>,
  options: HostOptions = {},
): void {
  Deno.test({
    name: no_browser === null ? name : `${name} (${no_browser})`,
    ignore: no_browser !== null,
    // Playwright keeps a connection of its own until the browser is closed.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(t) {
      await using world = await startWorld({
        ...options,
        tiktok_options: { accounts: demoAccounts(Date.now()), ...options.tiktok_options },
      });
      const browser = await launchBrowser();
      try {
        await fn({ world, browser }, t);
      } finally {
        await browser.close();
      }
    },
  });
}

type WindowOptions = Partial<Look> & {
  /** What an earlier window of the same person has kept. */
  storageState?: Awaited<ReturnType<BrowserContext["storageState"]>>;
};

/** A window of its own, as of another person; what breaks in the page breaks the test. */
export async function openWindow(
  { world, browser }: Site,
  { viewport = DESKTOP, scheme = "light", storageState }: WindowOptions = {},
): Promise<{ page: Page; context: BrowserContext; faults: string[] }> {
  const context = await browser.newContext({
    viewport,
    colorScheme: scheme,
    reducedMotion: "reduce",
    locale: "en-GB",
    baseURL: world.host.url,
    ...(storageState && { storageState }),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // The embedded host has no Realtime: the client finds out and polls. A refusal is answered in the page.
    const expected = /realtime|Failed to load resource/.test(message.text());
    if (message.type() === "error" && !expected) faults.push(message.text());
  });
  await page.goto("/");
  return { page, context, faults };
}

/** Signs in as one of the demo users, by a click on the card. */
export async function signIn(page: Page, name: "Ada" | "Grace"): Promise<void> {
  await page.getByRole("button", { name }).click();
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
}

/** Connects an account by TikTok's page; `without`: what the user takes the tick from. */
export async function connect(
  page: Page,
  account: string,
  { without = [], answer = "Continue" }: { without?: string[]; answer?: "Continue" | "Cancel" } =
    {},
): Promise<void> {
  await page.getByRole("button", { name: "Connect TikTok" }).click();
  await page.getByRole("radio", { name: account }).check();
  for (const scope of without) await page.getByRole("checkbox", { name: scope }).uncheck();
  await page.getByRole("button", { name: answer, exact: true }).click();
  // Until it is told how that ended.
  await page.locator("#notice > *").filter({ hasNotText: "Finishing the connection" }).first()
    .waitFor();
}

/** The card of an account. */
export const cardOf = (page: Page, handle: string) =>
  page.getByRole("listitem").filter({ hasText: handle }).filter({
    has: page.getByRole("button", { name: /connect/i }),
  });

/** Fills in a direct post with the demo clip, but does not send it. */
export async function fillPost(
  page: Page,
  { caption = "Look at this", privacy = "Only me" }: { caption?: string; privacy?: string } = {},
): Promise<void> {
  await page.getByRole("button", { name: "Use the demo clip" }).click();
  await page.getByText(/^demo clip\.mp4 · \d/).waitFor();
  await page.getByLabel("Caption").fill(caption);
  await page.getByLabel("Who can see it").selectOption({ label: privacy });
}

/** Makes uploads so slow, until what is given back is called. */
export async function slowUploads(
  page: Page,
  bytes_per_second: number,
): Promise<() => Promise<void>> {
  const network = await page.context().newCDPSession(page);
  await network.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytes_per_second,
  });
  return () => network.detach();
}

/** What is told of the newest post. */
export const newestPost = (page: Page) =>
  page.getByRole("region", { name: "Posts" }).getByRole("listitem").first();

/** Waits until that many posts are listed. */
export async function posted(page: Page, count: number): Promise<void> {
  await page.locator("#jobs > li").nth(count - 1).waitFor();
}

export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await Deno.mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}${name}.png`, fullPage: true });
}
