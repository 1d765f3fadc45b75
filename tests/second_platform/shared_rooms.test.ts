/** What serves every platform knows none. */

import { ok, same } from "../functions/support/assert.ts";

const SHARED = new URL("../../supabase/functions/_shared/", import.meta.url);
const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

const ROOMS = ["connection", "token", "http", "schedule", "database", "log", "config"];
const FILES = ["contract/connection.ts", "contract/fields.ts"];

/** What belongs to one platform. */
const OWN = ["tiktok/", "platform/", "post/", "contract/post.ts", "contract/creator.ts"];

const TABLES = [
  "platform_connections",
  "oauth_states",
  "tokens",
  "token_leases",
  "endings",
  "upkeep",
];

function sharedFiles(): URL[] {
  const inRooms = ROOMS.flatMap((room) =>
    [...Deno.readDirSync(new URL(`${room}/`, SHARED))].map(({ name }) => `${room}/${name}`)
  );
  return [...inRooms, ...FILES].map((path) => new URL(path, SHARED));
}

const nameOf = (file: URL) => file.href.slice(SHARED.href.length);

/** The modules that a file imports, by its import and export statements, types included. */
async function importsOf(file: URL): Promise<URL[]> {
  const text = await Deno.readTextFile(file);
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)]
    .map(([, path]) => new URL(path!, file));
}

Deno.test("shared rooms import nothing of one platform, however many steps away", async () => {
  const from = new Map(sharedFiles().map((file) => [file.href, nameOf(file)]));
  ok(from.size > 30, "the rooms were found");
  for (const href of from.keys()) {
    for (const imported of await importsOf(new URL(href))) {
      const way = `${from.get(href)} > ${nameOf(imported)}`;
      ok(!OWN.some((own) => nameOf(imported).startsWith(own)), way);
      if (!from.has(imported.href)) from.set(imported.href, way);
    }
  }
});

Deno.test("shared rooms name no platform but in comments", async (t) => {
  for (const file of sharedFiles()) {
    const code = (await Deno.readTextFile(file))
      .replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
    await t.step(nameOf(file), () => same(code.match(/.*tiktok.*/gi), null));
  }
});

Deno.test("the migrations of connections and tokens name no platform", async (t) => {
  for (const { name } of Deno.readDirSync(MIGRATIONS)) {
    if (!TABLES.some((table) => name.endsWith(`_${table}.sql`))) continue;
    const sql = await Deno.readTextFile(new URL(name, MIGRATIONS));
    await t.step(name, () => same(sql.match(/.*tiktok.*/gi), null));
  }
});
