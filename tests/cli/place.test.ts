import assert from "node:assert/strict";
import { Failure } from "../../local/cli/failure.ts";
import { findPlace } from "../../local/cli/place.ts";
import { quietRuntime } from "./support.ts";

const HOST_CONFIG = {
  supabase_url: "http://127.0.0.1:5000",
  publishable_key: "sb_publishable_x",
  keys: { secret: "sb_secret_default", cron: "sb_secret_cron" },
  tiktok_origin: "http://127.0.0.1:5001",
  users: [
    { email: "ada@example.com", password: "ada-password" },
    { email: "grace@example.com", password: "grace-password" },
  ],
};

function find(env: Record<string, string>, config: unknown = HOST_CONFIG) {
  const asked: string[] = [];
  const place = findPlace(quietRuntime(env, {
    fetch: (input) => {
      asked.push(String(input));
      return Promise.resolve(Response.json(config));
    },
  }));
  return { place, asked };
}

const PROJECT = {
  SUPABASE_URL: "https://p.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_p",
};

Deno.test("with nothing set it is the embedded host, as its first user", async () => {
  const { place, asked } = find({});
  const { url, publishable_key, credentials, cronKey } = await place;
  assert.deepEqual(asked, ["http://127.0.0.1:54321/dev/config"]);
  assert.equal(url, "http://127.0.0.1:5000");
  assert.equal(publishable_key, "sb_publishable_x");
  assert.equal(cronKey(), "sb_secret_cron");
  assert.deepEqual(credentials(), HOST_CONFIG.users[0]);
});

Deno.test("another demo user needs no password; a stranger does", async () => {
  const grace = await find({ NEXUS_EMAIL: "grace@example.com" }).place;
  assert.deepEqual(grace.credentials(), HOST_CONFIG.users[1]);
  const stranger = await find({ NEXUS_EMAIL: "eve@example.com" }).place;
  assert.throws(() => stranger.credentials(), /NEXUS_PASSWORD/);
});

Deno.test("a project is asked for nothing before it is used", async () => {
  const { place, asked } = find({
    ...PROJECT,
    NEXUS_ACCESS_TOKEN: "token",
    SUPABASE_CRON_KEY: "k",
  });
  const { url, publishable_key, credentials, cronKey } = await place;
  assert.deepEqual(asked, []);
  assert.equal(url, "https://p.supabase.co");
  assert.equal(publishable_key, "sb_publishable_p");
  assert.deepEqual(credentials(), { access_token: "token" });
  assert.equal(cronKey(), "k");
});

Deno.test("a project says which variable is missing", async () => {
  const place = await find(PROJECT).place;
  assert.throws(() => place.credentials(), /NEXUS_ACCESS_TOKEN/);
  assert.throws(() => place.cronKey(), /SUPABASE_CRON_KEY/);
  await assert.rejects(
    find({ SUPABASE_URL: PROJECT.SUPABASE_URL }).place,
    /SUPABASE_PUBLISHABLE_KEY/,
  );
});

Deno.test("a host that is named is meant, whatever keys are left in the environment", async () => {
  const { place, asked } = find({
    NEXUS_URL: "http://127.0.0.1:5",
    SUPABASE_CRON_KEY: "sb_secret_c",
  });
  assert.equal((await place).cronKey(), HOST_CONFIG.keys.cron);
  assert.deepEqual(asked, ["http://127.0.0.1:5/dev/config"]);
});

Deno.test("a key or a token that is no header's value is named, and not repeated", async () => {
  const names = ["SUPABASE_PUBLISHABLE_KEY", "NEXUS_ACCESS_TOKEN", "SUPABASE_CRON_KEY"];
  for (const name of names) {
    const given = { NEXUS_ACCESS_TOKEN: "t", SUPABASE_CRON_KEY: "k", [name]: "sb_secret_a\nb" };
    const look = async () => {
      const place = await find({ ...PROJECT, ...given }).place;
      place.credentials();
      place.cronKey();
    };
    await assert.rejects(look, (error) => {
      assert.ok(error instanceof Failure && error.exit_code === 2);
      assert.match(error.message, new RegExp(`${name} has a space`));
      assert.doesNotMatch(error.message, /sb_secret_a/);
      return true;
    });
  }
});

const REFUSED: Record<string, Record<string, string>> = {
  "both places at once": { ...PROJECT, NEXUS_URL: "http://127.0.0.1:5000" },
  "a project in the clear": { ...PROJECT, SUPABASE_URL: "http://p.supabase.co" },
  "a project with a path": { ...PROJECT, SUPABASE_URL: "https://p.supabase.co/rest" },
  "a project's publishable key without its address": {
    SUPABASE_PUBLISHABLE_KEY: "sb_publishable_p",
  },
  "a project's key for the schedule without its address": { SUPABASE_CRON_KEY: "sb_secret_c" },
  "a secret key as the publishable one": { ...PROJECT, SUPABASE_PUBLISHABLE_KEY: "sb_secret_s" },
  "an address that is none": { NEXUS_URL: "127.0.0.1:5000" },
};
for (const [name, env] of Object.entries(REFUSED)) {
  Deno.test(`refused as wrong usage: ${name}`, async () => {
    await assert.rejects(
      find(env).place,
      (error) => error instanceof Failure && error.exit_code === 2,
    );
  });
}

Deno.test("something else that listens there is not taken for Nexus", async () => {
  await assert.rejects(
    find({}, { hello: "world" }).place,
    (error) =>
      error instanceof Failure && error.exit_code === 3 &&
      /not the embedded host/.test(error.message),
  );
});

Deno.test("something that answers without an end is not taken for Nexus either", async () => {
  let sent_bytes = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent_bytes += 100_000;
      controller.enqueue(new Uint8Array(100_000));
      if (sent_bytes >= 10_000_000) controller.close();
    },
  });
  const fetch = () => Promise.resolve(new Response(endless));
  await assert.rejects(findPlace(quietRuntime({}, { fetch })), /not the embedded host/);
  assert.ok(sent_bytes < 2_000_000, `${sent_bytes}`);
});
