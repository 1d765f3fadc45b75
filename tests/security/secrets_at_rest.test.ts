/**
 * The whole life of connections and posts on a PostgreSQL server with pg_cron, and then a search for
 * every secret: in every table of every schema, in what the server logs and keeps on its disk, in what
 * the functions log and answer. Nothing but ciphertexts may hold one.
 */

import { equal, match, ok, same } from "../functions/support/assert.ts";
import { pullPost, readClip, videoDraft, videoPost } from "../functions/support/media.ts";
import type { Person } from "../functions/support/person.ts";
import { CDN, pullable } from "../functions/support/pulls.ts";
import { findSecrets, readTables } from "../functions/support/search.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import { isIgnored, startPostgres } from "../support/postgres.ts";
import { Search } from "./support/server_search.ts";

const TOKEN = "/v2/oauth/token/";
const REVOKE = "/v2/oauth/revoke/";
const CREATOR = "/v2/post/publish/creator_info/query/";
const INIT = "/v2/post/publish/video/init/";
const HOUR_SECONDS = 3600;
/** pg_cron 1.4 ticks when a minute begins, and nothing here can move its clock. */
const TICK_PATIENCE_MS = 90_000;

// Statements and their parameters go to the log: what the database is told in passing counts too.
const server = await startPostgres({ settings: { log_statement: "all" } });
const what = "after a whole life on a PostgreSQL server, no secret is found anywhere";

Deno.test({
  name: isIgnored(server) ? `${what} (${server.ignored})` : what,
  ignore: isIgnored(server),
  async fn(t) {
    if (isIgnored(server)) return;
    try {
      await using world = await startWorld({
        database_url: server.url,
        cron: true,
        env: { TIKTOK_PKCE: "hex", TIKTOK_DAILY_POST_LIMIT: "100" },
        tiktok_options: pullsAndWebhooks(),
      });
      const search = new Search(world, server);
      const step = (name: string, run: () => Promise<void>) =>
        t.step(name, async () => {
          await run();
          await search.look(name);
        });
      await live(world, step, search);
      await judge(t, world, search);
    } finally {
      await server.stop();
    }
  },
});

/** TikTok pulls from nowhere, and sends its events to us. */
function pullsAndWebhooks() {
  const options = pullable();
  return {
    ...options,
    fetch: (async (input, init) => {
      const { href } = new URL(input instanceof Request ? input.url : input);
      return href.startsWith(CDN) ? await options.fetch!(input, init) : await fetch(input, init);
    }) satisfies typeof fetch,
  };
}

type Step = (name: string, run: () => Promise<void>) => Promise<boolean>;

async function live(world: World, step: Step, search: Search): Promise<void> {
  const person = await world.person();
  const account = world.takeAccount();
  let connection_id = "";
  let path = "";

  await step(
    "refused, connected by way of the browser, and tried again with what is used",
    async () => {
      for (const deny of [true, false]) {
        const query = await person.authorize({ account, deny });
        equal((await world.anyone.get(`tiktok-callback?${query}`)).status, 303);
        const answer = await person.complete(query);
        await person.complete(query);
        connection_id = answer.body.connection?.id ?? "";
      }
      path = await person.upload("clip.mp4", await readClip());
    },
  );
  await step("an upload is under way", async () => {
    world.tiktok.faults.add({ path: "/video/", kind: "status", status: 503, times: 2 });
    const { id } = await person.publish(videoPost(connection_id, path));
    await world.host.idle();
    equal((await person.job(id)).status, "uploading");
    await search.look("uploading");
    equal((await person.settle(id)).status, "published");
  });
  await step("a draft and a pull", async () => {
    const draft = await person.publish(videoDraft(connection_id, path));
    equal((await person.settle(draft.id)).status, "sent_to_inbox");
    const pull = await person.publish(pullPost(connection_id, `${CDN}clip.mp4`));
    equal((await person.settle(pull.id)).status, "published");
    await world.tiktok.webhooks.deliver();
  });
  await step("pg_cron itself refreshes, and publishes what is due", async () => {
    const scheduled_at = new Date(
      Date.now() + (world.ahead_seconds + HOUR_SECONDS) * 1000,
    ).toISOString();
    const { id } = await person.publish(videoPost(connection_id, path, { scheduled_at }));
    const before = await versionOf(world, connection_id);
    await world.skip(1.7 * HOUR_SECONDS);
    await until(async () => await versionOf(world, connection_id) > before);
    await until(async () => (await person.job(id)).status === "published");
  });
  await step("TikTok repeats what it was sent, in errors and in place of answers", async () => {
    const everything = [...world.tiktok.state.issuedSecrets(), clientSecret()].join(" ");
    for (const failing of [TOKEN, CREATOR, INIT]) {
      world.tiktok.faults.add({
        path: failing,
        kind: "error",
        code: "invalid_params",
        message: everything,
      });
      world.tiktok.faults.add({ path: failing, kind: "garbage", body: everything, nth: 2 });
      await stir(world, person, connection_id, path);
      world.tiktok.faults.clear();
    }
  });
  await step("connected again, for a refresh was answered with rubbish; a post fails", async () => {
    equal((await person.connect({ account })).id, connection_id);
    world.tiktok.faults.add({ path: "/video/", kind: "status", status: 503, times: 2 });
    const { id } = await person.publish(videoPost(connection_id, path));
    await world.host.idle();
    world.tiktok.failPublish((await person.job(id)).publish_id ?? "", "spam_risk");
    equal((await person.settle(id)).status, "failed");
  });
  await step("the keys are rotated", async () => {
    search.rotateKeys();
    await world.host.cron.tick("tiktok-refresh");
    const stale = await world.host.sql.query(
      "select 1 from public.platform_connections where sealing_key_id <> 'next'",
    );
    same(stale, []);
    const use = await person.get(`tiktok-creator?connection_id=${connection_id}`);
    equal(use.status, 200);
  });
  await step("the user takes the grant back in TikTok, and connects again", async () => {
    world.tiktok.users.removeAuthorization(account);
    await world.tiktok.webhooks.deliver();
    const use = await person.get(`tiktok-creator?connection_id=${connection_id}`);
    equal(use.body.code, "reconnect_required");
    await person.connect({ account });
  });
  await step("disconnected while TikTok is down", async () => {
    world.tiktok.faults.add({ path: REVOKE, kind: "status", status: 503, times: Infinity });
    equal((await person.post("tiktok-disconnect", { connection_id })).status, 200);
    equal(await waitingToBeRevoked(world), 1);
  });
  await step("the schedule revokes what is left, a deleted user's grant too", async () => {
    const leaver = await world.person();
    await leaver.connect();
    await world.host.sql.query("delete from auth.users where id = $1", [leaver.id]);
    equal(await waitingToBeRevoked(world), 2);
    world.tiktok.faults.clear();
    await world.skip(HOUR_SECONDS);
    await world.host.cron.tick("tiktok-refresh");
    equal(await waitingToBeRevoked(world), 0);
  });
}

/** Whatever talks to TikTok. */
async function stir(world: World, person: Person, connection_id: string, path: string) {
  await person.complete(await person.authorize({ account: world.takeAccount() }));
  await person.get(`tiktok-creator?connection_id=${connection_id}`);
  await person.post("tiktok-publish", videoPost(connection_id, path));
  await world.host.idle();
  for (let tick = 0; tick < 2; tick++) {
    await world.skip(1.7 * HOUR_SECONDS);
    await world.host.cron.tick();
  }
}

async function judge(t: Deno.TestContext, world: World, search: Search): Promise<void> {
  const issued = world.tiktok.state.issuedSecrets();
  const secrets = [...issued, clientSecret(), ...search.sealing_keys];
  const { places } = search;
  await t.step("there is something to search, and something to search in", () => {
    ok(issued.length >= 40, `${issued.length} secrets`);
    const names = new Set(places.map(({ name }) => name.split(": ")[0]));
    for (
      const name of [
        "cron.job_run_details",
        "net._http_response",
        "auth.users",
        "private.error_log",
        "public.platform_connections",
        "vault.secrets",
        "storage.objects",
        "pg_stat_activity",
        "the server's log",
        "the functions' log",
      ]
    ) ok(names.has(name), `${name} was not looked at`);
    const longest = (name: string) =>
      Math.max(...places.filter((place) => place.name.startsWith(name)).map((p) => p.text.length));
    for (const name of ["private.error_log", "cron.job_run_details", "net._http_response"]) {
      ok(longest(name) > 100, `${name} is empty`);
    }
    ok(longest("the server's log") > 100_000, "statements are logged");
  });
  await t.step("tokens stand in the tables as JWEs alone", () => {
    for (const { name, text } of places) {
      if (!name.startsWith("public.platform_connections: ")) continue;
      for (const line of text.split("\n").filter((line) => line !== "")) {
        const { access_token_sealed, refresh_token_sealed } = JSON.parse(line);
        for (const sealed of [access_token_sealed, refresh_token_sealed]) {
          if (sealed !== null) match(sealed, /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
        }
      }
    }
  });
  await t.step("no code, token, upload address, client secret or sealing key in any of it", () => {
    same([...new Set(findSecrets(places, secrets))], []);
  });
  await t.step("nor on the server's disk, write-ahead log included", async () => {
    same(await search.grepDisk(secrets), []);
  });
  await t.step("no API key in what pg_cron and pg_net keep", () => {
    const kept = places.filter(({ name }) => /^(cron|net)\./.test(name));
    same(findSecrets(kept, [world.host.keys.cron, world.host.keys.secret]), []);
  });
  await t.step("both searches would have found one", async () => {
    const [token = ""] = issued;
    await world.host.sql.query(
      `insert into private.error_log (function_slug, code, detail) values ('test', 'internal', $1)`,
      [`token=${encodeURIComponent(token)}`],
    );
    equal(findSecrets(await readTables(world.host.sql), [token]).length, 1);
    ok((await search.grepDisk([token])).length > 0);
  });
}

const clientSecret = () => Deno.env.get("TIKTOK_CLIENT_SECRET") ?? "";

async function versionOf(world: World, connection_id: string): Promise<number> {
  const [row] = await world.host.sql.query(
    "select token_version from public.platform_connections where id = $1",
    [connection_id],
  );
  return Number(row?.token_version);
}

async function waitingToBeRevoked(world: World): Promise<number> {
  const rows = await world.host.sql.query(
    "select 1 from private.token_revocations where ended_at is null",
  );
  return rows.length;
}

/** pg_cron tells nobody when it has ticked. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const patient_until_ms = Date.now() + TICK_PATIENCE_MS;
  while (!await isSo()) {
    if (Date.now() > patient_until_ms) throw new Error(`nothing in ${TICK_PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
