/** How answers that are not as hoped are shown, by a Nexus that answers what a test wants. */

import assert from "node:assert/strict";
import type { Runtime } from "../../local/cli/runtime.ts";
import { TransportError } from "../../supabase/functions/_shared/transport/index.ts";
import { clip, run } from "./support.ts";

const JOB = "00000000-0000-4000-8000-000000000001";

const ENV = {
  SUPABASE_URL: "https://p.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_p",
  // {"alg":"none"} . {"sub":"ada"}
  NEXUS_ACCESS_TOKEN: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.x",
};

function ask(answer: () => Response | Promise<Response>, args: string[] = []) {
  return run(["status", "--id", JOB, ...args], ENV, { fetch: () => Promise.resolve(answer()) });
}

const PROBLEM = {
  type: "about:blank",
  title: "Too many requests",
  status: 429,
  detail: "Wait a minute.",
  code: "rate_limited",
  request_id: "7e57ab1e-0000-4000-8000-000000000001",
  retry_after: 60,
  errors: [{ path: "post.caption", message: "is too long" }],
};

Deno.test("a problem document is shown with title, detail, errors and request_id", async () => {
  const { code, stdout, stderr } = await ask(() => Response.json(PROBLEM, { status: 429 }));
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    [
      "Too many requests (429 rate_limited)",
      "  Wait a minute.",
      "  - --caption: is too long",
      `  request_id ${PROBLEM.request_id}`,
      "",
    ].join("\n"),
  );
});

Deno.test("with --json the problem comes whole", async () => {
  const { code, stdout, stderr } = await ask(() => Response.json(PROBLEM, { status: 429 }), [
    "--json",
  ]);
  assert.equal(code, 1);
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), { command: "status", ok: false, error: PROBLEM });
});

Deno.test("no text from elsewhere steers the terminal", async () => {
  const evil = { ...PROBLEM, detail: "a\x1b[2Jb\r\nc\x9bd" };
  const { stderr } = await ask(() => Response.json(evil, { status: 429 }));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  assert.match(stderr, /^ {2}a \[2Jb c d$/m);
});

const ANSWERS: Record<string, [answer: () => Response, code: number, says: RegExp]> = {
  "a function that is not deployed": [
    () =>
      Response.json({ code: "NOT_FOUND", message: "Requested function was not found" }, {
        status: 404,
      }),
    1,
    /answered 404.*Is it deployed\?/,
  ],
  "an answer that is not of the contract": [
    () => Response.json({ job: {} }),
    1,
    /answered 200 in a form/,
  ],
  "a page instead of JSON": [() => new Response("<html>"), 1, /answered 200 in a form/],
  "a gateway whose functions are away": [
    () => new Response("", { status: 503 }),
    3,
    /answered 503/,
  ],
  "nobody": [
    () => {
      throw new TypeError("connection refused");
    },
    3,
    /tiktok-publish did not answer/,
  ],
};
for (const [name, [answer, expected, says]] of Object.entries(ANSWERS)) {
  Deno.test(`${name}: exit ${expected}`, async () => {
    const { code, stderr } = await ask(answer);
    assert.equal(code, expected, stderr);
    assert.match(stderr, says);
  });
}

Deno.test("a post whose answer was lost is asked for once more, under the same key", async () => {
  const bodies: unknown[] = [];
  const { code } = await run(
    [
      "post",
      ...["--url", "https://cdn.example/a.mp4", "--caption", "", "--privacy", "SELF_ONLY"],
      ...["--connection", JOB],
    ],
    ENV,
    {
      randomUuid: () => crypto.randomUUID(),
      fetch: (_, init) => {
        bodies.push(JSON.parse(String(init?.body)));
        return Promise.reject(new TypeError("the connection broke"));
      },
    },
  );
  assert.equal(code, 3);
  assert.equal(bodies.length, 2);
  assert.deepEqual(bodies[0], bodies[1]);
  assert.match((bodies[0] as { idempotency_key: string }).idempotency_key, /^[0-9a-f-]{36}$/);
});

Deno.test("a token that is none is wrong usage, and is not repeated", async () => {
  const env = { ...ENV, NEXUS_ACCESS_TOKEN: "my-secret-text" };
  const { code, stderr } = await run(["status", "--id", JOB], env);
  assert.equal(code, 2);
  assert.match(stderr, /NEXUS_ACCESS_TOKEN is not/);
  assert.doesNotMatch(stderr, /my-secret-text/);
});

function uploadTo(fetchOnce: Runtime["fetchOnce"]) {
  return run(["upload", "--video", clip, "--connection", JOB], ENV, { fetchOnce });
}

Deno.test("Storage's own refusal is told in its words", async () => {
  const message = 'The object "a.mp4" exceeded the maximum allowed size';
  const { code, stderr } = await uploadTo(async (_, init) => {
    await (init?.body as ReadableStream).cancel();
    return Response.json({ statusCode: "413", error: "Payload too large", message }, {
      status: 400,
    });
  });
  assert.equal(code, 1);
  assert.match(stderr, /Storage refused the file \(400 storage_refused\)/);
  assert.ok(stderr.includes(message));
});

Deno.test("an upload that breaks off is no post", async () => {
  const broken = await uploadTo(async (_, init) => {
    await (init?.body as ReadableStream).cancel();
    throw new TransportError("reset", { sent: true });
  });
  assert.equal(broken.code, 3);
  assert.match(broken.stderr, /Nothing was posted/);
});

Deno.test("the upload says its type, its length and whose it is, and sends the file", async () => {
  const { size } = await Deno.stat(clip);
  let seen: Headers | undefined;
  await uploadTo(async (url, init) => {
    seen = new Headers(init?.headers);
    assert.match(String(url), /\/storage\/v1\/object\/videos\/ada\/[0-9a-f-]{36}\.mp4$/);
    assert.equal((await new Response(init?.body).bytes()).length, size);
    return new Response("{}");
  });
  assert.equal(seen?.get("content-length"), String(size));
  assert.equal(seen?.get("content-type"), "video/mp4");
  assert.equal(seen?.get("authorization"), `Bearer ${ENV.NEXUS_ACCESS_TOKEN}`);
});

Deno.test("a file that is not there is told once, and as nobody's answer", async () => {
  const args = ["upload", "--video", "/nowhere/a.mp4", "--connection", JOB];
  const { code, stderr } = await run(args, ENV);
  assert.equal(code, 1);
  assert.equal(stderr, "The video cannot be read\n  There is no file /nowhere/a.mp4.\n");
  const { error } = JSON.parse((await run([...args, "--json"], ENV)).stdout);
  assert.deepEqual(error, {
    code: "file_unreadable",
    title: "The video cannot be read",
    detail: "There is no file /nowhere/a.mp4.",
  });
});

Deno.test("a cover after the video's end is refused before anything is sent", async () => {
  const { code, stderr } = await run(
    [
      ...["post", "--video", clip, "--caption", "", "--privacy", "SELF_ONLY"],
      ...["--cover-ms", "3600000", "--connection", JOB],
    ],
    ENV,
  );
  assert.equal(code, 1);
  assert.match(stderr, /--cover-ms: The cover is at 3600000 ms; the video ends at \d+ ms/);
});
