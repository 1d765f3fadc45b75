/**
 * A made-up second platform lives in `platform_connections` beside TikTok: connecting, sealing,
 * refreshing, ending, the error log, with the shared rooms as they are.
 */

import { equal, isProblem, match, ok, same } from "../functions/support/assert.ts";
import type { Person } from "../functions/support/person.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import { ACCESS_DAYS, APP_SECRET, ClipShareApi } from "./clipshare_api.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

type Scene = { world: World; api: ClipShareApi; person: Person };

/** One host with the functions of both platforms, and the second one's schedule. */
async function play(run: (scene: Scene) => Promise<void>, env: Record<string, string> = {}) {
  let ahead_seconds = () => 0;
  const api = new ClipShareApi(() => Date.now() + ahead_seconds() * 1000);
  api.addAccount({ handle: "ada", name: "Ada", clips: 7 });
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => api.fetch(request),
  );
  await using world = await startWorld({
    functions_dir: new URL("functions", import.meta.url).pathname,
    env: {
      CLIPSHARE_URL: `http://127.0.0.1:${server.addr.port}`,
      CLIPSHARE_APP_SECRET: APP_SECRET,
      CLIPSHARE_REDIRECT_URI: "https://nexus.example.com/clipshare",
      ...env,
    },
  });
  ahead_seconds = () => world.ahead_seconds;
  await world.host.sql.query(
    `select private.schedule('clipshare-refresh', array['* * * * *'],
       $$select private.invoke_function('clipshare-refresh', '{"limit": 100}', private.invocations_for_due_tokens('clipshare', 100))$$)`,
  );
  await run({ world, api, person: await world.person() });
}

async function connect({ api, person }: Scene, may?: string[]) {
  const initiated = await person.post("clipshare-initiate", {});
  equal(initiated.status, 200, JSON.stringify(initiated.body));
  const back = api.consent(initiated.body.authorization_url, "ada", may);
  return await person.post("clipshare-callback", Object.fromEntries(back.searchParams));
}

const figures = ({ person }: Scene, id: string) =>
  person.get(`clipshare-figures?connection_id=${id}`);

const disconnect = ({ person }: Scene, connection_id: string) =>
  person.post("clipshare-disconnect", { connection_id });

async function tick({ world }: Scene, platform = "clipshare") {
  await world.host.cron.tick(`${platform}-refresh`);
  await world.host.idle();
}

async function rowOf({ world }: Scene, id: string) {
  const [row] = await world.host.sql.query(
    "select * from public.platform_connections where id = $1",
    [id],
  );
  return row!;
}

Deno.test("a second platform's account is connected, used, and its token renewed on use", () =>
  play(async (scene) => {
    const { world, api, person } = scene;
    const answer = await connect(scene);
    equal(answer.status, 200, JSON.stringify(answer.body));
    const { connection } = answer.body;
    same(
      [connection.platform, connection.platform_user_id, connection.username, connection.status],
      ["clipshare", "ada", "ada", "active"],
    );
    same(connection.capabilities, {
      figures: { available: true, reason: null, missing_scopes: [] },
    });
    same((await figures(scene, connection.id)).body, { handle: "ada", name: "Ada", clips: 7 });

    await world.skip((ACCESS_DAYS + 1) * DAY);
    api.requests.length = 0;
    const all = await Promise.all(Array.from({ length: 10 }, () => figures(scene, connection.id)));
    same(all.map(({ status }) => status), Array(10).fill(200));
    equal(api.requests.filter((request) => request === "POST /oauth").length, 1, "one refresh");

    const row = await rowOf(scene, connection.id);
    match(String(row.access_token_sealed), /^eyJ/);
    equal(row.refresh_token_expires_at, null, "it lives until it is revoked");
    const shown = JSON.stringify([world.answers.map(({ body }) => body), world.console.text]);
    ok(!shown.includes("clip-"), "no token is shown");
    const [seen] = await (await fetch(
      `${world.host.url}/rest/v1/platform_connections?select=id,platform,status`,
      { headers: person.headers },
    )).json();
    same(seen, { id: connection.id, platform: "clipshare", status: "active" });
  }));

Deno.test("a second platform's functions need its own settings, and no other's", () =>
  play(async (scene) => {
    equal((await connect(scene)).status, 200);
    Deno.env.set("CLIPSHARE_APP_SECRET", "");
    isProblem(await scene.person.post("clipshare-initiate", {}), 500, "misconfigured");
    const line = scene.world.console.lines().find(({ event }) => event === "misconfigured");
    equal(line?.setting, "CLIPSHARE_APP_SECRET");
  }, { TIKTOK_CLIENT_KEY: "", TIKTOK_CLIENT_SECRET: "" }));

Deno.test("each platform's schedule renews what is in use of its own", () =>
  play(async (scene) => {
    const { world, api, person } = scene;
    const { connection } = (await connect(scene)).body;
    const tiktok = await person.connect();
    const versions = async () => [
      Number((await rowOf(scene, connection.id)).token_version),
      Number((await rowOf(scene, tiktok.id)).token_version),
    ];
    await world.skip(2 * HOUR);
    await tick(scene);
    same(await versions(), [1, 1], "the other platform's are none of its business");
    await tick(scene, "tiktok");
    same(await versions(), [1, 2]);

    // Warm: from a fifth of ninety days before the end, if it was used within a day.
    await world.skip(71 * DAY);
    await tick(scene);
    await figures(scene, connection.id);
    same(await versions(), [1, 2], "not due yet");
    await world.skip(23 * HOUR);
    await tick(scene);
    same(await versions(), [2, 2]);

    // Dormant, with a refresh token that does not end: left alone for good, renewed on use.
    await world.skip(400 * DAY);
    api.requests.length = 0;
    await tick(scene);
    same(api.requests, []);
    equal((await figures(scene, connection.id)).status, 200);
  }));

Deno.test("a second platform's failures have its own codes, and keep the connection", () =>
  play(async (scene) => {
    const { world, api } = scene;
    const { connection } = (await connect(scene)).body;
    await world.skip((ACCESS_DAYS + 1) * DAY);
    api.faults.push(Response.json({}, { status: 503 }));
    const away = await figures(scene, connection.id);
    same([away.status, away.body.code, away.body.clipshare_code], [
      503,
      "clipshare_unavailable",
      "unwell",
    ]);
    equal((await rowOf(scene, connection.id)).status, "active");
    const entry = (await world.errorLog()).at(-1);
    same([entry?.platform, entry?.code, entry?.platform_code, entry?.connection_id], [
      "clipshare",
      "clipshare_unavailable",
      "unwell",
      connection.id,
    ]);
    equal((await figures(scene, connection.id)).status, 200, "and it goes on");
  }));

Deno.test("a second platform's dead grant asks for a reconnection, which revives the same row", () =>
  play(async (scene) => {
    const { world, api } = scene;
    const { connection } = (await connect(scene)).body;
    api.forget("ada");
    await world.skip((ACCESS_DAYS + 1) * DAY);
    const refused = await figures(scene, connection.id);
    same([refused.status, refused.body.code], [409, "reconnect_required"]);
    equal((await rowOf(scene, connection.id)).status, "reconnect_required");
    const again = await connect(scene, ["read"]);
    equal(again.body.connection.id, connection.id);
    same(again.body.connection.capabilities.figures.missing_scopes, ["figures"]);
  }));

Deno.test("a second platform's account is disconnected, and its grant ended once it can be", () =>
  play(async (scene) => {
    const { world, api } = scene;
    const { connection } = (await connect(scene)).body;
    api.faults.push(Response.json({}, { status: 500 }));
    const ended = await disconnect(scene, connection.id);
    equal(ended.body.connection.status, "disconnected");
    equal(api.liveGrants("ada"), 1, "ClipShare was away");
    equal((await rowOf(scene, connection.id)).access_token_sealed, null);
    await world.skip(HOUR);
    await tick(scene, "tiktok");
    equal(api.liveGrants("ada"), 1, "nor can TikTok's schedule end it");
    await tick(scene);
    equal(api.liveGrants("ada"), 0);
  }));

Deno.test("a second platform's tokens are sealed anew under a new key, and the old one can go", () => {
  const KEYS: Record<string, string> = { k1: "A".repeat(43), k2: "Q".repeat(42) + "A" };
  const ring = (current: string, ...ids: string[]) =>
    JSON.stringify({ current, keys: Object.fromEntries(ids.map((id) => [id, KEYS[id]])) });
  return play(async (scene) => {
    const { connection } = (await connect(scene)).body;
    Deno.env.set("TOKEN_ENCRYPTION_KEYS", ring("k2", "k2", "k1"));
    await tick(scene);
    Deno.env.set("TOKEN_ENCRYPTION_KEYS", ring("k2", "k2"));
    equal((await figures(scene, connection.id)).status, 200);
    equal((await rowOf(scene, connection.id)).sealing_key_id, "k2");
    await scene.world.skip((ACCESS_DAYS + 1) * DAY);
    equal((await figures(scene, connection.id)).status, 200, "the refresh token opens too");
  }, { TOKEN_ENCRYPTION_KEYS: ring("k1", "k1") });
});
