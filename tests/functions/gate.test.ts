/** Who may call which function, and what everybody else hears. */

import { doesNotMatch, equal, isProblem, ok } from "./support/assert.ts";
import { Caller } from "./support/caller.ts";
import { nameOf, SCHEDULE_ENDPOINTS, USER_ENDPOINTS } from "./support/endpoints.ts";
import { signUpAnonymously } from "./support/person.ts";
import { createForge, unsigned } from "./support/tokens.ts";
import { startWorld } from "./support/world.ts";

Deno.test("functions for users refuse everybody who is not a signed-in user", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const forge = await createForge(world, person.id);
  const strange = await createForge(world, person.id);
  // The second key is taken out again: a stranger's.
  const { keys } = JSON.parse(Deno.env.get("SUPABASE_JWKS") ?? "");
  Deno.env.set("SUPABASE_JWKS", JSON.stringify({ keys: keys.slice(0, -1) }));
  const { publishable, secret, cron } = world.host.keys;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}`, apikey: publishable });

  const refused: [string, Record<string, string>][] = [
    ["no credential", {}],
    ["the publishable key alone", { apikey: publishable }],
    ["the publishable key as a token", bearer(publishable)],
    ["the secret key", { apikey: secret }],
    ["the secret key as a token", { authorization: `Bearer ${secret}`, apikey: secret }],
    ["the schedule's key", { apikey: cron }],
    ["an unknown key", { apikey: "sb_secret_0000000000000000000000_000000" }],
    ["an empty token", bearer("")],
    ["a text that is no token", bearer("not-a-token")],
    ["another scheme", { authorization: "Basic YTpi", apikey: publishable }],
    ["an expired token", bearer(await forge({}, 7200))],
    ["a token that is not valid yet", bearer(await forge({ nbf: Date.now() / 1000 + 3600 }))],
    ["a token without expiry", bearer(await forge({ exp: undefined }))],
    ["another issuer", bearer(await forge({ iss: "https://other.supabase.co/auth/v1" }))],
    ["no issuer", bearer(await forge({ iss: undefined }))],
    ["another audience", bearer(await forge({ aud: "anon" }))],
    ["no audience", bearer(await forge({ aud: undefined }))],
    ["another role", bearer(await forge({ role: "service_role" }))],
    ["no user in it", bearer(await forge({ sub: undefined }))],
    ["a user id that is no UUID", bearer(await forge({ sub: "me" }))],
    ["a stranger's signature", bearer(await strange({}))],
    ["no signature", bearer(unsigned(await forge({})))],
    ["a cut signature", bearer((await forge({})).slice(0, -4))],
  ];
  for (const endpoint of USER_ENDPOINTS) {
    await t.step(`${nameOf(endpoint)} lets a signed-in user pass the gate`, async () => {
      const answer = await new Caller(world, bearer(await forge({}))).call(
        endpoint.method,
        endpoint.path,
        endpoint.method === "POST" ? { body: {} } : {},
      );
      ok(![401, 403].includes(answer.status), JSON.stringify(answer.body));
    });
    for (const [what, headers] of refused) {
      await t.step(`${nameOf(endpoint)} refuses ${what}`, async () => {
        const answer = await new Caller(world, headers).call(endpoint.method, endpoint.path);
        isProblem(answer, 401, "unauthorized");
        // Hints for developers would tell a thief what his find is good for.
        doesNotMatch(
          JSON.stringify(answer.body),
          /cron|default|publishable|secret|sb_|issuer|aud/i,
        );
      });
    }
    await t.step(`${nameOf(endpoint)} refuses an anonymous sign-in as forbidden`, async () => {
      const anonymous = await signUpAnonymously(world);
      isProblem(await anonymous.call(endpoint.method, endpoint.path), 403, "forbidden");
    });
  }
  await t.step("nothing was written for any of them", async () => {
    const [row] = await world.host.sql.query(
      "select (select count(*) from private.oauth_states)::int as states, (select count(*) from public.publish_jobs)::int as jobs",
    );
    // One state: the signed-in user's own initiate.
    equal(JSON.stringify(row), JSON.stringify({ states: 1, jobs: 0 }));
  });
});

Deno.test("functions for the schedule take the key named cron and nothing else", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  const { publishable, secret, cron } = world.host.keys;
  const refused: [string, Record<string, string>][] = [
    ["no credential", {}],
    ["the publishable key", { apikey: publishable }],
    ["the default secret key", { apikey: secret }],
    ["the default secret key as a token", { authorization: `Bearer ${secret}`, apikey: secret }],
    ["an unknown key", { apikey: "sb_secret_0000000000000000000000_000000" }],
    ["a key that begins like it", { apikey: cron.slice(0, -1) }],
    ["a key that goes on after it", { apikey: `${cron}x` }],
    ["a user's token", { authorization: `Bearer ${person.token}`, apikey: publishable }],
    ["a user's token as the key", { apikey: person.token }],
    ["the key as a token", { authorization: `Bearer ${cron}` }],
  ];
  for (const endpoint of SCHEDULE_ENDPOINTS) {
    for (const [what, headers] of refused) {
      await t.step(`${nameOf(endpoint)} refuses ${what}`, async () => {
        const answer = await new Caller(world, headers).post(endpoint.path, {});
        isProblem(answer, 401, "unauthorized");
      });
    }
    await t.step(`${nameOf(endpoint)} takes the key named cron`, async () => {
      equal((await world.schedule.post(endpoint.path, {})).status, 200);
    });
  }
});

Deno.test("another user's ids get the same 404 as ids that do not exist", async (t) => {
  await using world = await startWorld();
  const owner = await world.person();
  const other = await world.person();
  const connection = await owner.connect();
  const path = await owner.upload("a.mp4", "not a video");
  // Drafts of what is no video are refused, so the job comes by way of a pull.
  world.tiktok.faults.add({
    path: "/v2/post/publish/inbox/video/init/",
    kind: "error",
    code: "spam_risk_too_many_pending_share",
    times: Infinity,
  });
  const job = await owner.publish({
    connection_id: connection.id,
    mode: "draft",
    media: {
      type: "video",
      source: { kind: "url", url: "https://cdn.example.com/a.mp4", transfer: "pull" },
    },
  });
  const nobodys = crypto.randomUUID();
  const draftOf = (connection_id: string) => ({
    connection_id,
    mode: "draft",
    media: { type: "video", source: { kind: "storage", bucket: "videos", path } },
  });
  const tries: [string, (id: string) => ReturnType<typeof other.call>, string][] = [
    ["GET tiktok-creator", (id) => other.get(`tiktok-creator?connection_id=${id}`), connection.id],
    ["POST tiktok-publish", (id) => other.post("tiktok-publish", draftOf(id)), connection.id],
    [
      "a dry run",
      (id) => other.post("tiktok-publish", { ...draftOf(id), dry_run: true }),
      connection.id,
    ],
    ["GET tiktok-publish", (id) => other.get(`tiktok-publish?job_id=${id}`), job.id],
    ["DELETE tiktok-publish", (id) => other.delete(`tiktok-publish?job_id=${id}`), job.id],
  ];
  for (const [what, ask, id] of tries) {
    await t.step(what, async () => {
      const [theirs, missing] = [await ask(id), await ask(nobodys)];
      isProblem(theirs, 404, "not_found");
      isProblem(missing, 404, "not_found");
      const { request_id: _a, ...first } = theirs.body;
      const { request_id: _b, ...second } = missing.body;
      equal(JSON.stringify(first), JSON.stringify(second));
    });
  }
  await t.step("and the owner's job is untouched", async () => {
    equal((await owner.job(job.id)).status, "queued");
  });
});
