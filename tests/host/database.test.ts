import assert from "node:assert/strict";
import fc from "fast-check";
import { openDatabase } from "../../local/host/database/index.ts";
import { splitStatements } from "../../local/host/database/split.ts";
import { fixtures } from "./support.ts";

const onNotice = () => {};

Deno.test("an SQL script splits into its statements", async (t) => {
  const cases: [string, string, string[]][] = [
    ["plain", "select 1; select 2;", ["select 1", "select 2"]],
    ["no last semicolon", "select 1", ["select 1"]],
    ["only comments and space", " -- nothing;\n /* a; /* b; */ c; */ ;;\n", []],
    ["quotes", "select 'a;''b'; select \"c;d\"", ["select 'a;''b'", 'select "c;d"']],
    ["an escape string", "select E'a\\';b'; select 2", ["select E'a\\';b'", "select 2"]],
    ["a name that ends in e", "select type'a\\'; select 2", ["select type'a\\'", "select 2"]],
    ["dollar quotes", "do $$ a; $x$ b; $$; select 2", ["do $$ a; $x$ b; $$", "select 2"]],
    ["tagged ones", "do $f$ a; $$ b; $f$; c", ["do $f$ a; $$ b; $f$", "c"]],
    ["a dollar in a name", "select a$b$ from c; d$b$", ["select a$b$ from c", "d$b$"]],
    ["a parameter", "select $1; select $2", ["select $1", "select $2"]],
    ["comments stay with their statement", "-- why\nselect 1; -- x\n", ["-- why\nselect 1"]],
  ];
  for (const [name, script, expected] of cases) {
    await t.step(name, () => assert.deepEqual(splitStatements(script), expected));
  }
  await t.step("whatever is quoted, the pieces are found again", () => {
    const piece = fc.constantFrom("select 1", "'a;b'", "$$x;y$$", '"q;"', "f(a)", "E'\\';'");
    fc.assert(fc.property(fc.array(piece, { minLength: 1 }), (pieces) => {
      assert.deepEqual(splitStatements(pieces.join(";\n")), pieces);
    }));
  });
});

Deno.test("migrations", async (t) => {
  const root = await Deno.makeTempDir();
  const migrations_dir = `${root}/migrations`;
  const folder = `${root}/database`;
  const open = () => openDatabase({ folder, migrations_dir, onNotice });
  const write = (name: string, script: string) =>
    Deno.writeTextFileSync(`${migrations_dir}/${name}`, script);
  Deno.mkdirSync(migrations_dir);
  write("20260102_second.sql", "insert into t values (2); insert into t values (3);");
  write(
    "20260101_first.sql",
    "create table public.t (a int);\n-- and a row\ninsert into t values (1);",
  );
  write("README.md", "no migration");

  await t.step("run in order, and are on record as `supabase db push` has them", async () => {
    const { sql, applied } = await open();
    assert.deepEqual(applied, ["20260101", "20260102"]);
    const rows = await sql.query(
      "select version, name, statements from supabase_migrations.schema_migrations order by 1",
    );
    assert.deepEqual(rows, [
      {
        version: "20260101",
        name: "first",
        statements: ["create table public.t (a int)", "-- and a row\ninsert into t values (1)"],
      },
      {
        version: "20260102",
        name: "second",
        statements: ["insert into t values (2)", "insert into t values (3)"],
      },
    ]);
    await sql.close();
  });
  await t.step("a failing one is undone, named, and stops the start", async () => {
    write("20260103_third.sql", "insert into t values (4); insert into t values ('x');");
    await assert.rejects(open(), /20260103_third\.sql, statement 2: .*\n.*values \('x'\)/s);
  });
  await t.step("only what is new is applied on the next start", async () => {
    write("20260103_third.sql", "insert into t values (5);");
    const { sql, applied } = await open();
    assert.deepEqual(applied, ["20260103"]);
    const rows = await sql.query<{ a: number }>("select a from t order by a");
    assert.deepEqual(rows.map((row) => row.a), [1, 2, 3, 5]);
    await sql.close();
  });
  await t.step(
    "one that makes an index concurrently runs in no transaction, as `db push`",
    async () => {
      write(
        "20260104_index.sql",
        "-- Large by now.\ncreate index concurrently t_a on public.t (a);\ninsert into t values (6);",
      );
      const { sql, applied } = await open();
      assert.deepEqual(applied, ["20260104"]);
      const [index] = await sql.query(
        "select 1 from pg_catalog.pg_indexes where indexname = 't_a'",
      );
      assert.ok(index !== undefined);
      await sql.exec("delete from t where a = 6");
      await sql.close();
    },
  );
  await t.step("a folder left half-made is begun anew", async () => {
    Deno.removeSync(`${folder}.ready`);
    Deno.removeSync(`${folder}/global`, { recursive: true });
    const { sql } = await open();
    assert.equal((await sql.query("select from t")).length, 5);
    await sql.close();
  });
  await Deno.remove(root, { recursive: true });
});

Deno.test("bootstrap can run again over everything that it made", async () => {
  const folder = await Deno.makeTempDir();
  for (const _ of [1, 2]) {
    const { sql, stand_ins } = await openDatabase({
      folder: `${folder}/database`,
      migrations_dir: `${fixtures}/migrations`,
      onNotice: (severity, message) => assert.fail(`${severity}: ${message}`),
    });
    assert.deepEqual(stand_ins, { cron: true, net: true, vault: true });
    await sql.close();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("storage's helpers split a path", async () => {
  const { sql } = await openDatabase({ migrations_dir: `${fixtures}/migrations`, onNotice });
  const [row] = await sql.query(
    `select storage.foldername('a/b/c.tar.gz') as folder, storage.filename('a/b/c.tar.gz') as file,
            storage.extension('a/b/c.tar.gz') as extension, storage.foldername('c') as none`,
  );
  assert.deepEqual(row, { folder: ["a", "b"], file: "c.tar.gz", extension: "gz", none: [] });
  await sql.close();
});
