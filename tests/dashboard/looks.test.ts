/**
 * Every page in every state, at two sizes, light and dark: axe finds nothing, nothing is cut off, and a
 * screenshot of each is left in `artefacts/`.
 */

import type { Page } from "playwright-core";
import axe from "axe-core";
import { equal, same } from "../functions/support/assert.ts";
import { ACCESS_TTL_SECONDS, goBackAMonth, growing, passMonth } from "./history.ts";
import {
  browserTest,
  connect,
  DESKTOP,
  fillPost,
  keepScreenshot,
  type Look,
  openWindow,
  PHONE,
  posted,
  signIn,
} from "./support.ts";

const LOOKS: Record<string, Look> = {
  "desktop light": { viewport: DESKTOP, scheme: "light" },
  "desktop dark": { viewport: DESKTOP, scheme: "dark" },
  "phone light": { viewport: PHONE, scheme: "light" },
  "phone dark": { viewport: PHONE, scheme: "dark" },
};

type Violation = {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
};

/** What axe has against the page, by all its rules. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(
    "axe.run(document).then(({ violations }) => violations)",
  ) as Violation[];
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`)
  );
}

/** As narrow as phones are, and as a page at 400 % of 1280 pixels (WCAG 2.2, 1.4.10). */
const NARROW_WIDTHS = [375, 320];

/**
 * In the page: what sticks out of the box it is in; of what scrolls, only the box itself. A chart follows
 * the window's size some frames later.
 */
const FIND_STICKING_OUT = `(async () => {
  const boxes = ".card, .total, .problem, .note, .inset, .segments label, dialog";
  const apart = ".visually-hidden, svg, .scrolls *, .photos *, [hidden]";
  const find = () => [...document.querySelectorAll("main *, dialog[open] *")]
    .filter((node) => !node.closest(apart))
    .flatMap((node) => {
      const box = node.parentElement.closest(boxes)?.getBoundingClientRect();
      const { width, left, right } = node.getBoundingClientRect();
      const is_out = box && width > 0 && (right > box.right + 0.5 || left < box.left - 0.5);
      const text = node.textContent.trim().slice(0, 30);
      return is_out ? [node.tagName + " " + text + ": " + (right - box.right) + " px"] : [];
    });
  for (let frames = 0; frames < 60 && find().length > 0; frames++) {
    await new Promise(requestAnimationFrame);
  }
  return find();
})()`;

/** In the page: until the preview shows a frame, and no more Chromium's sign that it loads. */
const PREVIEW_IS_THERE = `(async () => {
  const video = document.querySelector("#preview");
  for (let frames = 0; frames < 120; frames++) {
    await new Promise(requestAnimationFrame);
    if (video.readyState < 4) frames = 0;
  }
})()`;

/** Checks and keeps what is on the page now. */
async function inspect(page: Page, look: string, state: string): Promise<void> {
  same(await violationsOf(page), [], state);
  const overflow = await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  equal(overflow, 0, `${state}: the page is wider than the window`);
  same(await page.evaluate(FIND_STICKING_OUT), [], state);
  await keepScreenshot(page, `${look.replace(" ", "-")}-${state}`);
  if (look !== "phone light") return;
  for (const width of NARROW_WIDTHS) {
    await page.setViewportSize({ ...PHONE, width });
    same(await page.evaluate(FIND_STICKING_OUT), [], `${state} at ${width} pixels`);
    await keepScreenshot(page, `phone-${width}-${state}`);
  }
  await page.setViewportSize(PHONE);
}

browserTest("how it looks", async (site, t) => {
  const { world } = site;
  await goBackAMonth(world);
  const first = await openWindow(site);
  await signIn(first.page, "Ada");
  await connect(first.page, "Ben at home", { without: ["video.publish"] });
  // The newest comes first.
  await connect(first.page, "Ada Films");
  await passMonth(world);
  await first.page.reload();
  await fillPost(first.page, { caption: "A film of machines, from 1927" });
  await first.page.getByRole("button", { name: "Post", exact: true }).click();
  await posted(first.page, 1);
  for (let ticks = 0; ticks < 2; ticks++) {
    await world.host.idle();
    await world.skip(30);
    await world.schedule.post("tiktok-status-poll", {});
  }
  world.tiktok.faults.add({
    path: "/v2/post/publish/video/init/",
    kind: "error",
    code: "spam_risk_too_many_pending_share",
  });
  await fillPost(first.page, { caption: "The printing press" });
  await first.page.getByRole("button", { name: "Post", exact: true }).click();
  await posted(first.page, 2);
  await fillPost(first.page, { caption: "Sunday: how a loom works" });
  await first.page.getByRole("switch", { name: "Post later" }).check();
  await first.page.getByRole("button", { name: "Schedule", exact: true }).click();
  await posted(first.page, 3);
  await world.host.idle();
  const storageState = await first.context.storageState();
  await first.context.close();

  for (const [name, look] of Object.entries(LOOKS)) {
    await t.step(name, async () => {
      const { page, context, faults } = await openWindow(site, { ...look, storageState });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await inspect(page, name, "sign-in");
      await signIn(page, "Ada");
      await page.getByText("Posting as").waitFor();
      await page.getByRole("img", { name: /^Followers/ }).locator("canvas").waitFor();
      await page.getByRole("button", { name: "Use the demo clip" }).click();
      await page.getByText(/^demo clip\.mp4 · \d/).waitFor();
      // The one that the README shows.
      if (name === "desktop light") await page.evaluate(PREVIEW_IS_THERE);
      await page.getByLabel("Caption").fill("Large machines, small film");
      await inspect(page, name, "workspace");
      await page.getByRole("switch", { name: /promotes a brand/ }).check();
      await page.getByRole("checkbox", { name: "Branded content" }).check();
      await page.getByRole("switch", { name: "Post later" }).check();
      await page.getByRole("button", { name: "Schedule", exact: true }).click();
      await page.getByText("Choose who can see the post.").waitFor();
      await inspect(page, name, "form-with-errors");
      await page.getByRole("button", { name: "Disconnect: @ada.films" }).click();
      await page.getByRole("dialog").waitFor();
      await inspect(page, name, "question");
      await page.keyboard.press("Escape");
      await page.getByLabel("What is posted").selectOption({ label: "Photos on the web" });
      // One that this host serves, three times.
      await page.getByLabel("Addresses of the photos").fill(
        Array(3).fill(`${world.host.url}/icon.svg`).join("\n"),
      );
      await page.getByLabel("Title").fill("Three of them");
      await page.getByRole("img", { name: "Photo 3" }).waitFor();
      await inspect(page, name, "photos");
      await context.close();
      same(faults, []);
    });
  }
  await t.step("the reference of the functions", async () => {
    const { page, context } = await openWindow(site);
    await page.goto("/reference");
    await page.getByText("tiktok-publish").first().waitFor();
    await keepScreenshot(page, "reference");
    await context.close();
  });
}, {
  tiktok_options: { grow: growing(), access_ttl_seconds: ACCESS_TTL_SECONDS },
});
