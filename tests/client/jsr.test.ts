/** What JSR demands of a package before it takes it. */

import assert from "node:assert/strict";
import { repositoryPath } from "../../local/host/index.ts";

Deno.test("deno publish would take it: types that need no inference, nothing but the sources", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: repositoryPath("client"),
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.ok(success, said);
  const files = [...said.matchAll(/file:\S+\/client\/(\S+) \(/g)].map(([, path]) => path);
  const others = files.filter((path) => !/^src\/\w+\.ts$/.test(path ?? ""));
  assert.deepEqual(others.sort(), ["LICENSE", "README.md", "jsr.json"]);
  assert.ok(files.includes("src/index.ts"));
});
