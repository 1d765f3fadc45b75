/** A function's `index.ts` is a door: it says which operation stands behind which method. */

import { strictEqual } from "node:assert/strict";
import { ok } from "node:assert/strict";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);
const MAX_LINES = 40;
const MAX_FILE_LINES = 300;

function slugs(): string[] {
  return [...Deno.readDirSync(FUNCTIONS)]
    .filter(({ name, isDirectory }) => isDirectory && !name.startsWith("_"))
    .map(({ name }) => name).sort();
}

Deno.test("each function is a door of at most 40 lines", async (t) => {
  ok(slugs().length >= 6);
  for (const slug of slugs()) {
    await t.step(slug, async () => {
      const text = await Deno.readTextFile(new URL(`${slug}/index.ts`, FUNCTIONS));
      const lines = text.trimEnd().split("\n").length;
      ok(lines <= MAX_LINES, `${lines} lines`);
      const files = [...Deno.readDirSync(new URL(`${slug}/`, FUNCTIONS))].map(({ name }) => name);
      strictEqual(files.join(), "index.ts", "what is behind the door lives in _shared");
      ok(!text.includes("Deno.env"), "the environment is read by the door's maker");
    });
  }
});

Deno.test("each function imports nothing that runs by itself, and exports fetch", async (t) => {
  for (const slug of slugs()) {
    await t.step(slug, async () => {
      const { default: door } = await import(new URL(`${slug}/index.ts`, FUNCTIONS).href);
      strictEqual(typeof door.fetch, "function");
    });
  }
});

Deno.test("each function is named in supabase/config.toml, with the root's import map", async (t) => {
  const config = await Deno.readTextFile(new URL("../config.toml", FUNCTIONS));
  for (const slug of slugs()) {
    await t.step(slug, () => {
      const section = config.split("\n[").find((part) => part.startsWith(`functions.${slug}]`));
      ok(section, "it has no section");
      ok(/verify_jwt = false/.test(section), "the door checks its callers itself");
      ok(/import_map = "\.\.\/import_map\.json"/.test(section));
    });
  }
});

Deno.test("what is behind the doors reads no environment and keeps its files small", async (t) => {
  const shared = new URL("_shared/", FUNCTIONS);
  for (const room of Deno.readDirSync(shared)) {
    if (!room.isDirectory) continue;
    await t.step(room.name, async () => {
      for (const { name } of Deno.readDirSync(new URL(`${room.name}/`, shared))) {
        if (!name.endsWith(".ts") || name === "database.types.ts") continue;
        const text = await Deno.readTextFile(new URL(`${room.name}/${name}`, shared));
        ok(text.split("\n").length <= MAX_FILE_LINES, `${name} is too long`);
        if (name !== "door.ts") {
          ok(!text.includes("Deno.env.get("), `${name} reads the environment`);
        }
      }
    });
  }
});

Deno.test("the TikTok client knows nothing of Supabase, and connections nothing of TikTok", async () => {
  const client = new URL("_shared/tiktok/", FUNCTIONS);
  for (const { name } of Deno.readDirSync(client)) {
    const text = await Deno.readTextFile(new URL(name, client));
    ok(!/from "\.\.\//.test(text), `tiktok/${name} leaves its room`);
    ok(
      !/supabase/i.test(text.replaceAll(/^\s*(\*|\/\/|\/\*).*$/gm, "")),
      `tiktok/${name} knows Supabase`,
    );
  }
});
