/** An app installs the package as client/README.md says, before it is published. */

import assert from "node:assert/strict";
import { buildClient } from "../../client/build.ts";
import jsr from "../../client/jsr.json" with { type: "json" };
import { readPages } from "../docs/markdown.ts";
import { run, whyNoApp } from "./support/install.ts";

const why_not = await whyNoApp();
const SUPABASE_JS = "@supabase/supabase-js";

const pages = await readPages();
const commands = pages.filter(({ path }) => path === "client/README.md")
  .flatMap(({ blocks }) => blocks)
  .find(({ language, text }) => language === "sh" && text.startsWith("npm pack"))?.text ??
  assert.fail("client/README.md does not say how to install it");

Deno.test({
  name: `client/README.md's way to install it${why_not === null ? "" : ` (${why_not})`}`,
  ignore: why_not !== null,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await buildClient(`${folder}/nexus/client/dist`);
      // Stands in for npm's own, which a test does not fetch.
      await writePackage(`${folder}/supabase-js`, { name: SUPABASE_JS, version: "2.119.1" });
      await writePackage(`${folder}/app`, { name: "app", private: true, type: "module" });
      const offline = commands.replace(SUPABASE_JS, "../supabase-js");
      assert.notEqual(offline, commands);
      const text = "import { isSettled } from '@nexus/tiktok';" +
        "console.log(isSettled({ status: 'published' }));";
      await Deno.writeTextFile(`${folder}/app/index.js`, text);

      await run("sh", ["-ec", offline], `${folder}/app`);
      // What npm does at any later installation.
      await run("npm", ["install", "--offline"], `${folder}/app`);
      assert.equal(await run("node", ["index.js"], `${folder}/app`), "true\n");
      const installed = await Deno.lstat(`${folder}/app/node_modules/@nexus/tiktok`);
      assert.ok(!installed.isSymlink, "a link would have no types of Supabase's beside it");
      assert.ok(commands.includes(`-${jsr.version}.tgz`));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function writePackage(folder: string, manifest: object): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest));
}
