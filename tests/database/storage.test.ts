// Who may touch which object of the bucket `videos`, where there is a schema `storage`.
import assert from "node:assert/strict";
import type postgres from "postgres";
import { addUser } from "./rows.ts";
import { migrate, preparePlain, startDatabaseTests, withSql } from "./support.ts";

const { test } = await startDatabaseTests({
  async prepare(url) {
    const script = new URL("../../local/host/sql/storage.sql", import.meta.url);
    await preparePlain(url);
    await withSql(url, async (sql) => await sql.unsafe(await Deno.readTextFile(script)).simple());
    await migrate(url);
  },
});

/** Does one statement as a role with a user's claims: how many rows, or the SQLSTATE. */
async function as(
  sql: postgres.Sql,
  role: string,
  user_id: string | null,
  statement: string,
): Promise<number | string> {
  try {
    return await sql.begin(async (tx) => {
      await tx`select set_config('role', ${role}, true),
                      set_config('request.jwt.claims', ${JSON.stringify({ sub: user_id })}, true)`;
      return (await tx.unsafe(statement)).count;
    });
  } catch (error) {
    if (error instanceof Error && "code" in error) return String(error.code);
    throw error;
  }
}

const refused = "42501";

test("a user owns what lies below his own id", async ({ sql }, t) => {
  const owner = await addUser(sql);
  const stranger = await addUser(sql);
  const insert = (bucket: string, name: string) =>
    `insert into storage.objects (bucket_id, name) values ('${bucket}', '${name}')`;
  const mine = `${owner}/a.mp4`;
  const all = "select from storage.objects";
  const rename = (name: string) =>
    `update storage.objects set name = '${name}' where name = '${mine}'`;
  await sql`insert into storage.buckets (id, name) values ('other', 'other')`;

  for (
    const [name, role, user_id, statement, result] of [
      ["he adds an object", "authenticated", owner, insert("videos", mine), 1],
      ["not in another bucket", "authenticated", owner, insert("other", mine), refused],
      ["not at the root", "authenticated", owner, insert("videos", "a.mp4"), refused],
      [
        "a stranger adds none to it",
        "authenticated",
        stranger,
        insert("videos", `${owner}/b`),
        refused,
      ],
      ["nobody adds none", "anon", null, insert("videos", `${owner}/c`), refused],
      ["he reads it", "authenticated", owner, all, 1],
      ["a stranger does not", "authenticated", stranger, all, 0],
      ["a user without an id does not", "authenticated", null, all, 0],
      ["nobody does not", "anon", null, all, 0],
      ["a stranger changes nothing", "authenticated", stranger, rename(`${stranger}/x`), 0],
      ["he cannot give it away", "authenticated", owner, rename(`${stranger}/x`), refused],
      ["he renames it", "authenticated", owner, rename(`${owner}/x`), 1],
      ["a stranger removes nothing", "authenticated", stranger, "delete from storage.objects", 0],
      ["he removes it", "authenticated", owner, "delete from storage.objects", 1],
    ] as const
  ) {
    await t.step(name, async () => {
      assert.equal(await as(sql, role, user_id, statement), result);
    });
  }
});
