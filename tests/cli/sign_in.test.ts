/** The password goes to the place that was named, to no other, and nobody waits for ever. */

import assert from "node:assert/strict";
import { run } from "./support.ts";

type Answer = (request: Request) => Response | Promise<Response>;

const PASSWORD = "correct-horse";

/** Runs `connections` against a project that answers so, in whose place 30 s are 50 ms. */
async function connections(answer: Answer, env: Record<string, string>, args: string[] = []) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const { timeout } = AbortSignal;
  AbortSignal.timeout = () => timeout.call(AbortSignal, 50);
  try {
    const place = {
      SUPABASE_URL: `http://127.0.0.1:${server.addr.port}`,
      SUPABASE_PUBLISHABLE_KEY: "sb_publishable_p",
    };
    return await run(["connections", ...args], { ...place, ...env }, { fetch });
  } finally {
    AbortSignal.timeout = timeout;
    await server.shutdown();
  }
}

const BY_PASSWORD = { NEXUS_EMAIL: "ada@example.com", NEXUS_PASSWORD: PASSWORD };
// {"alg":"none"} . {"sub":"ada"}
const BY_TOKEN = { NEXUS_ACCESS_TOKEN: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.x" };

for (const [name, env] of Object.entries({ password: BY_PASSWORD, token: BY_TOKEN })) {
  Deno.test(`a redirect is not followed with a ${name}`, async () => {
    const bodies: string[] = [];
    const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (r) => {
      bodies.push(`${r.headers.get("authorization")} ${await r.text()}`);
      return Response.json([]);
    });
    const leads = ({ url }: Request) => {
      const { pathname } = new URL(url);
      const location = `http://127.0.0.1:${other.addr.port}${pathname}`;
      return new Response(null, { status: 307, headers: { location } });
    };
    const { code, stderr } = await connections(leads, env);
    await other.shutdown();
    assert.deepEqual([code, bodies], [3, []], stderr);
  });

  Deno.test(`a project that takes a ${name} and never answers: exit 3`, async () => {
    const silent = ({ signal }: Request) => {
      const held = Promise.withResolvers<Response>();
      signal.addEventListener("abort", () => held.resolve(new Response()));
      return held.promise;
    };
    const { code, stderr } = await connections(silent, env);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /did not answer/);
  });
}

Deno.test("what sign-in says is bounded, steers no terminal and repeats no password", async () => {
  const msg = `no\u001b[2J\u202e ${PASSWORD} ${"x".repeat(10_000)}`;
  const refuse = () => Response.json({ code: 400, msg }, { status: 400 });
  for (const args of [[], ["--json"]]) {
    const { code, stdout, stderr } = await connections(refuse, BY_PASSWORD, args);
    assert.equal(code, 1);
    const said = stdout + stderr;
    assert.ok(said.length < 700, `${said.length}`);
    assert.match(said, /Sign-in refused/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(said, /correct-horse|[\x00-\x09\x0b-\x1f\u202e]|\\u/);
  }
});

Deno.test("a page instead of sign-in is not repeated", async () => {
  const page = () => new Response(`<html>${PASSWORD}</html>`, { status: 400 });
  const { code, stderr } = await connections(page, BY_PASSWORD);
  assert.equal(code, 1);
  assert.match(stderr, /What answers is not Supabase's sign-in/);
  assert.doesNotMatch(stderr, /html|correct/);
});

Deno.test("an answer without an end does not fill the memory", async () => {
  let sent_bytes = 0;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent_bytes += 1_000_000;
          controller.enqueue(new Uint8Array(1_000_000));
          if (sent_bytes >= 200_000_000) controller.close();
        },
      }),
    );
  const env = {
    SUPABASE_URL: "https://p.supabase.co",
    SUPABASE_PUBLISHABLE_KEY: "sb_publishable_p",
    ...BY_PASSWORD,
  };
  const fetch = () => Promise.resolve(endless());
  const { code, stderr } = await run(["connections"], env, { fetch });
  assert.equal(code, 3, stderr);
  assert.ok(sent_bytes < 40_000_000, `${sent_bytes}`);
});
