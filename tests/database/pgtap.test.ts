// The files of supabase/tests, where `supabase test db` looks for them too. That command needs Docker,
// so they are run here over a connection; each of their lines is a step with its name.
import assert from "node:assert/strict";
import { createExtension, prepareMigrated, startDatabaseTests } from "./support.ts";
import { readTap, runTapFile } from "./tap.ts";

const folder = new URL("../../supabase/tests", import.meta.url).pathname;
const files = [...Deno.readDirSync(folder)]
  .map((entry) => entry.name).filter((name) => name.endsWith(".sql")).sort();

let ignored: string | undefined;
const { test } = await startDatabaseTests({
  async prepare(url) {
    await prepareMigrated(url);
    ignored = await createExtension(url, "pgtap");
  },
});

for (const file of files) {
  const name = `pgTAP: ${file.replace("_test.sql", "").replaceAll("_", " ")}`;
  test(name, async ({ sql }, t) => {
    const results = await runTapFile(sql, `${folder}/${file}`);
    assert.ok(results.length > 0, "the file has no tests");
    for (const result of results) {
      await t.step(result.name, () => assert.ok(result.ok, result.diagnostics.join("\n")));
    }
  }, { ignored });
}

Deno.test("reading TAP", async (t) => {
  await t.step("a failed line is a failed test with its diagnostics", () => {
    assert.deepEqual(readTap(["not ok 1 - one is two", "# have: 1", "1..1"]), [
      { ok: false, name: "one is two", diagnostics: ["# have: 1"] },
    ]);
  });
  await t.step("a missing plan is an error", () => {
    assert.throws(() => readTap(["ok 1 - one"]), /no plan/);
  });
  await t.step("a test that did not run is an error", () => {
    assert.throws(() => readTap(["ok 1 - one", "1..2"]), /2 tests were planned, 1 ran/);
  });
});
