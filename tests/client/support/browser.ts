/** Chromium, where Debian's is installed. */

import { type Browser, chromium } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";

export async function whyNoBrowser(): Promise<string | null> {
  try {
    await Deno.stat(EXECUTABLE);
    return null;
  } catch {
    return "Debian's chromium is not installed";
  }
}

export function launchBrowser(): Promise<Browser> {
  // Root, as in a container, has no sandbox.
  return chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox"], timeout: 30_000 });
}
