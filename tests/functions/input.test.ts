/** Bodies and queries that are not what a function takes. */

import { equal, isProblem, pathsOf, same } from "./support/assert.ts";
import type { Caller } from "./support/caller.ts";
import { startWorld } from "./support/world.ts";

const LARGE = 256 * 1024 + 1;

Deno.test("a body that is no JSON object is refused before anything happens", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const posts: [string, Caller][] = [
    ["tiktok-initiate", person],
    ["tiktok-callback", person],
    ["tiktok-publish", person],
    ["tiktok-refresh", world.schedule],
    ["tiktok-status-poll", world.schedule],
  ];
  const types = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/json",
  ];
  for (const [slug, caller] of posts) {
    const send = (body: unknown, headers = {}) => caller.post(slug, body, { headers });
    for (const type of types) {
      await t.step(`${slug}: ${type} is 415`, async () => {
        isProblem(await send("{}", { "content-type": type }), 415, "invalid_request");
      });
    }
    await t.step(`${slug}: application/json with parameters, in any case, is taken`, async () => {
      const answer = await send("{}", { "content-type": "Application/JSON; charset=UTF-8" });
      equal(answer.status === 415, false);
    });
    await t.step(`${slug}: a body above 256 KiB is 413`, async () => {
      const answer = await send(`{"x":"${"a".repeat(LARGE)}"}`);
      isProblem(answer, 413, "invalid_request");
      same(answer.body.errors, [{ path: "", message: "must have at most 262144 bytes" }]);
    });
    await t.step(`${slug}: so is one whose length is not announced`, async () => {
      const chunk = new Uint8Array(64 * 1024).fill(32);
      let left = 5;
      const body = new ReadableStream<Uint8Array>({
        pull: (stream) => left-- > 0 ? stream.enqueue(chunk) : stream.close(),
      });
      const response = await fetch(`${world.host.url}/functions/v1/${slug}`, {
        method: "POST",
        headers: { ...caller.headers, "content-type": "application/json" },
        body,
      });
      equal(response.status, 413);
      equal((await response.json()).code, "invalid_request");
    });
    const broken: [string, unknown][] = [
      ["cut off", '{"limit": 5'],
      ["two values", "{}{}"],
      ["white space alone", " \n"],
      ["not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
      ["a list", "[]"],
      ["lists in lists", "[".repeat(60_000) + "]".repeat(60_000)],
      ["objects in objects", '{"a":'.repeat(30_000) + "1" + "}".repeat(30_000)],
      ["null", "null"],
      ["a number", "1"],
      ["a text", '"x"'],
    ];
    for (const [what, body] of broken) {
      await t.step(`${slug}: ${what} is 400`, async () => {
        isProblem(await send(body), 400, "invalid_request");
      });
    }
    if (slug === "tiktok-callback") continue;
    await t.step(`${slug}: an unknown field is 400 and named`, async () => {
      const answer = await send('{"surprise": 1, "__proto__": {"dry_run": true}}');
      isProblem(answer, 400, "invalid_request");
      const named = pathsOf(answer).filter((path) => ["surprise", "__proto__"].includes(path));
      same(named, ["__proto__", "surprise"]);
    });
  }
});

Deno.test("an empty body counts as {}", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  await t.step("tiktok-initiate takes it", async () => {
    equal((await person.post("tiktok-initiate")).status, 200);
  });
  await t.step("whatever content type is said of nothing", async () => {
    const init = { headers: { "content-type": "text/plain" } };
    equal((await person.post("tiktok-initiate", undefined, init)).status, 200);
  });
  await t.step("tiktok-callback misses the state and one of code and error", async () => {
    const answer = await person.post("tiktok-callback");
    isProblem(answer, 400, "invalid_request");
    same(pathsOf(answer).includes("state"), true);
  });
  await t.step("tiktok-publish misses its three required fields, all named at once", async () => {
    const answer = await person.post("tiktok-publish");
    isProblem(answer, 400, "invalid_request");
    same(pathsOf(answer), ["connection_id", "media", "mode"]);
  });
  await t.step("the schedule's functions take it", async () => {
    equal((await world.schedule.post("tiktok-refresh")).status, 200);
    equal((await world.schedule.post("tiktok-status-poll")).status, 200);
  });
});

Deno.test("queries hold one known parameter, a UUID", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const id = crypto.randomUUID();
  const doors: ["GET" | "DELETE", string, string][] = [
    ["GET", "tiktok-creator", "connection_id"],
    ["GET", "tiktok-publish", "job_id"],
    ["DELETE", "tiktok-publish", "job_id"],
  ];
  for (const [method, slug, name] of doors) {
    const queries: [string, string, string][] = [
      ["nothing", "", name],
      ["an empty value", `${name}=`, name],
      ["no UUID", `${name}=1`, name],
      ["a UUID with more behind it", `${name}=${id}0`, name],
      ["a UUID with a new line", `${name}=${id}%0A`, name],
      ["a UUID in braces", `${name}={${id}}`, name],
      ["a quote", `${name}=${id}'`, name],
      ["a NUL", `${name}=%00`, name],
      ["it twice", `${name}=${id}&${name}=${id}`, name],
      ["another parameter", `${name}=${id}&user_id=${id}`, "user_id"],
    ];
    for (const [what, query, path] of queries) {
      await t.step(`${method} ${slug}: ${what} is 400`, async () => {
        const answer = await person.call(method, `${slug}?${query}`);
        isProblem(answer, 400, "invalid_request");
        same(pathsOf(answer), [path]);
      });
    }
    await t.step(`${method} ${slug}: capitals are the same UUID`, async () => {
      const answer = await person.call(method, `${slug}?${name}=${id.toUpperCase()}`);
      isProblem(answer, 404, "not_found");
    });
  }
});

Deno.test("limit is 1 to 100", async (t) => {
  await using world = await startWorld();
  for (const slug of ["tiktok-refresh", "tiktok-status-poll"]) {
    for (const limit of [0, -1, 101, 1.5, "5", null, true, 1e300]) {
      await t.step(`${slug}: ${JSON.stringify(limit)} is 400`, async () => {
        const answer = await world.schedule.post(slug, { limit });
        isProblem(answer, 400, "invalid_request");
        same([...new Set(pathsOf(answer))], ["limit"]);
      });
    }
    for (const limit of [1, 100]) {
      await t.step(`${slug}: ${limit} is taken`, async () => {
        equal((await world.schedule.post(slug, { limit })).body.claimed, 0);
      });
    }
  }
});
