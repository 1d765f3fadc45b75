/** docs/openapi.json: fresh, valid, and complete. */

import assert from "node:assert/strict";
import { createConfig, lint } from "@redocly/openapi-core";
import { repositoryPath } from "../../local/host/index.ts";
import { OPERATIONS } from "../../local/openapi/operations.ts";
import { generateFiles } from "../../local/openapi/write.ts";

Deno.test("what is generated from the schemas is as it was checked in", async () => {
  for (const [path, text] of Object.entries(await generateFiles())) {
    const stored = await Deno.readTextFile(repositoryPath(path));
    assert.equal(stored, text, `${path} is stale: run deno task openapi`);
  }
});

Deno.test("Redocly's linter finds nothing in it", async () => {
  const problems = await lint({
    ref: repositoryPath("docs/openapi.json"),
    config: await createConfig({ extends: ["recommended"] }),
  });
  const found = problems.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`);
  // A redirect is all that this operation is for.
  assert.deepEqual(found, ["operation-2xx-response #/paths/~1tiktok-callback/get/responses"]);
});

Deno.test("it has every function, with every method that the function takes", async () => {
  const functions = repositoryPath("supabase/functions");
  const doors: string[] = [];
  for await (const { name } of Deno.readDir(functions)) {
    if (name.startsWith("_")) continue;
    const source = await Deno.readTextFile(`${functions}/${name}/index.ts`);
    for (const [, method] of source.matchAll(/^ {2}(GET|POST|DELETE): for/gm)) {
      doors.push(`${method} ${name}`);
    }
  }
  const described = OPERATIONS.map(({ method, slug }) => `${method.toUpperCase()} ${slug}`);
  assert.deepEqual(described.sort(), doors.sort());
});
