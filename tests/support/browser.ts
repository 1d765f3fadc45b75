/** Chromium, where Debian's is installed. */

import { type Browser, chromium } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";

const ARGS = [
  // Root, as in a container, has no sandbox.
  "--no-sandbox",
  // Only what a page asks for: Chromium's own calls home would find nobody.
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** On a new machine, with others at work, the first start takes its time. */
const LAUNCH_MS = 120_000;

export async function whyNoBrowser(): Promise<string | null> {
  try {
    await Deno.stat(EXECUTABLE);
    return null;
  } catch {
    return "Debian's chromium is not installed";
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS, timeout: LAUNCH_MS });
}
