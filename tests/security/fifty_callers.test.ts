/**
 * Fifty callers at once find an expired token, in three host processes that share nothing but a
 * PostgreSQL server: one of them asks TikTok for a new one, and all of them get it.
 */

import { consent, createTikTok, type Listening, type TikTok } from "../../local/tiktok/index.ts";
import { Checkpoints } from "../crash/checkpoints.ts";
import { Machine, type Ready } from "../crash/machine.ts";
import { startProxy } from "../crash/proxy.ts";
import { equal, ok, same } from "../functions/support/assert.ts";
import { readClip, videoDraft } from "../functions/support/media.ts";
import { isIgnored, startPostgres } from "../support/postgres.ts";

const HOSTS = 3;
const CALLERS = 50;
/** TikTok lets creator_info be asked 20 times a minute; the others only need the token. */
const CREATORS = 15;
const TOKEN = "/v2/oauth/token/";
const APP = {
  client_key: "aw-fifty",
  client_secret: "fifty-secret",
  redirect_uris: ["https://app.nexus.example/back"],
};
const KEY_RING = JSON.stringify({
  current: "shared",
  keys: {
    shared: crypto.getRandomValues(new Uint8Array(32))
      .toBase64({ alphabet: "base64url", omitPadding: true }),
  },
});
const EXPIRED_MS = 3 * 3600 * 1000;

/** A host process, with the same user signed in at it. */
type Place = {
  machine: Machine;
  ready: Ready;
  data_dir: string;
  token: string;
  /** Of a video in Storage, whose bytes are on this host's disk. */
  path: string;
};

const server = await startPostgres();
const what = "fifty callers in three hosts with an expired token: one refresh, fifty answers";

Deno.test({
  name: isIgnored(server) ? `${what} (${server.ignored})` : what,
  ignore: isIgnored(server),
  async fn(t) {
    if (isIgnored(server)) return;
    const clock = { ahead_ms: 0 };
    const tiktok = createTikTok({ app: APP, now: () => Date.now() + clock.ahead_ms });
    const listening = await tiktok.listen();
    const asked = countRequests();
    // Every call of a function to the database goes by here.
    const proxy = await startProxy({ checkpoints: new Checkpoints(), nameOf: asked.count });
    const places: Place[] = [];
    try {
      const database_url = await server.createDatabase("fifty");
      // One after the other: the first one migrates.
      for (let n = 0; n < HOSTS; n++) {
        places.push(await openPlace(database_url, listening, proxy.origin, n));
      }
      const [first] = places as [Place, ...Place[]];
      const { user_id, connection_id } = await connect(first);
      for (const place of places) place.path = await storeClip(place, user_id);

      await t.step("with a fresh token TikTok is not asked for another one", async () => {
        const before = countRefreshes(tiktok);
        const answers = await Promise.all(places.map((place) => draft(place, connection_id)));
        same(answers, places.map(() => 200));
        equal(countRefreshes(tiktok), before);
      });

      clock.ahead_ms = EXPIRED_MS;
      await first.machine.ask({ do: "move_clock", ahead_ms: EXPIRED_MS });
      // TikTok thinks it over until everybody is there; a look at the database is a request or more.
      tiktok.faults.add({ path: TOKEN, kind: "wait", until: asked.reach(2 * CALLERS) });
      const before = countRefreshes(tiktok);
      const answers = await Promise.all([
        ...Array.from({ length: CALLERS }, (_, n) => {
          const place = places[n % HOSTS] ?? first;
          return n < CREATORS ? creator(place, connection_id) : draft(place, connection_id);
        }),
        // The schedule comes by as well.
        ...places.map(async ({ machine }) => {
          await machine.ask({ do: "tick", job_name: "tiktok-refresh" });
          return 200;
        }),
      ]);
      await t.step("all fifty succeed", () => {
        same(answers, Array(CALLERS + HOSTS).fill(200));
      });
      await t.step("TikTok's token endpoint is called exactly once", () => {
        equal(countRefreshes(tiktok) - before, 1);
      });
      await t.step("the new token is stored once, and no lease is left", async () => {
        const rows = await first.machine.ask({
          do: "query",
          text: `select status, token_version::int, refresh_lease_owner, last_error
                   from public.platform_connections`,
          params: [],
        });
        same(rows, [
          { status: "active", token_version: 2, refresh_lease_owner: null, last_error: null },
        ]);
      });
    } finally {
      for (const { machine, data_dir } of places) {
        await machine.kill();
        await Deno.remove(data_dir, { recursive: true });
      }
      await proxy.close();
      await listening.close();
      await tiktok.dispose();
      await server.stop();
    }
  },
});

/** Counts what passes, and tells when there was so much more of it. */
function countRequests() {
  let seen = 0;
  let awaited: { count: number; resolve(): void } | null = null;
  return {
    count(): null {
      seen++;
      if (awaited !== null && seen >= awaited.count) awaited.resolve();
      return null;
    },
    reach(more: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      awaited = { count: seen + more, resolve };
      return promise;
    },
  };
}

const countRefreshes = ({ state }: TikTok) =>
  state.calls.filter(({ path }) => path === TOKEN).length;

/** Only the key ring, the app and the database are the same: what hosted functions share too. */
async function openPlace(
  database_url: string,
  { origin }: Listening,
  proxy_origin: string,
  n: number,
): Promise<Place> {
  const [redirect_uri = ""] = APP.redirect_uris;
  const data_dir = await Deno.makeTempDir({ prefix: `fifty-${n}-` });
  const { machine, ready } = await Machine.start({
    data_dir,
    port: 0,
    database_url,
    tiktok_api_url: origin,
    tiktok_options: {},
    env: {
      TIKTOK_CLIENT_KEY: APP.client_key,
      TIKTOK_CLIENT_SECRET: APP.client_secret,
      TIKTOK_REDIRECT_URI: redirect_uri,
      TOKEN_ENCRYPTION_KEYS: KEY_RING,
    },
    ahead_ms: 0,
  }, proxy_origin);
  const { email, password } = ready.users[0] ?? { email: "", password: "" };
  const response = await fetch(`${ready.url}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { apikey: ready.publishable_key, "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const { access_token } = await response.json();
  ok(access_token, "signed in");
  return { machine, ready, data_dir, token: access_token, path: "" };
}

function ask({ ready, token }: Place, method: string, path: string, body?: BodyInit) {
  return fetch(`${ready.url}${path}`, {
    method,
    headers: {
      apikey: ready.publishable_key,
      authorization: `Bearer ${token}`,
      "content-type": typeof body === "string" ? "application/json" : "video/mp4",
    },
    ...(body === undefined ? {} : { body }),
  });
}

async function connect(place: Place): Promise<{ user_id: string; connection_id: string }> {
  const initiated = await ask(place, "POST", "/functions/v1/tiktok-initiate", "{}");
  const { authorization_url } = await initiated.json();
  const back = await consent({ authorize_url: authorization_url });
  const request = JSON.stringify(Object.fromEntries(back.searchParams));
  const completed = await ask(place, "POST", "/functions/v1/tiktok-callback", request);
  const { connection } = await completed.json();
  return { user_id: place.ready.users[0]?.id ?? "", connection_id: connection.id };
}

async function storeClip(place: Place, user_id: string): Promise<string> {
  const path = `${user_id}/${crypto.randomUUID()}.mp4`;
  const stored = await ask(place, "POST", `/storage/v1/object/videos/${path}`, await readClip());
  equal(stored.status, 200, await stored.text());
  return path;
}

async function creator(place: Place, connection_id: string): Promise<number> {
  const path = `/functions/v1/tiktok-creator?connection_id=${connection_id}`;
  const response = await ask(place, "GET", path);
  await response.body?.cancel();
  return response.status;
}

/** A dry run that only needs the token. */
async function draft(place: Place, connection_id: string): Promise<number> {
  const body = JSON.stringify(videoDraft(connection_id, place.path, { dry_run: true }));
  const response = await ask(place, "POST", "/functions/v1/tiktok-publish", body);
  await response.body?.cancel();
  return response.status;
}
