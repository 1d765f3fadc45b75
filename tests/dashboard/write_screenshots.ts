/** `deno task screenshots`: the README's picture, from what the last run of looks.test.ts has seen. */

import { ARTEFACTS } from "./support.ts";

const PICTURES: Record<string, string> = {
  "desktop-light-workspace": "dashboard",
};

const folder = new URL("../../docs/images/", import.meta.url).pathname;
await Deno.mkdir(folder, { recursive: true });
for (const [name, picture] of Object.entries(PICTURES)) {
  await Deno.copyFile(`${ARTEFACTS}${name}.png`, `${folder}${picture}.png`);
}
