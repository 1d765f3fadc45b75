import assert from "node:assert/strict";
import { readClip } from "../functions/support/media.ts";
import type { Checkpoint, Moment } from "./checkpoints.ts";
import { publish, settle, uploadedPost } from "./posting.ts";
import { World } from "./world.ts";

/** What TikTok's pages say since November 2026. */
const ACCESS_TTL_SECONDS = 2 * 3600;
const TOKEN = "POST /v2/oauth/token/";

/** From TikTok's answer to our write of it: TikTok has rotated the token, and we hold the old one. */
function losesTheAnswer({ name }: Checkpoint, moment: Moment): boolean {
  return (name === TOKEN && moment === "after") ||
    (name === "finish_token_refresh" && moment === "before");
}

type Row = {
  status: string;
  refresh_lease_owner: string | null;
  last_error: { code: string } | null;
  token_version: string;
};

async function readConnection(world: World): Promise<Row> {
  const rows = await world.query<Row>(
    `select status, refresh_lease_owner, last_error, token_version
       from public.platform_connections`,
  );
  assert.equal(rows.length, 1, "one connection, whatever happened");
  return rows[0] ?? assert.fail();
}

/** Moves the clocks on to when the schedule refreshes next, and past a dead host's lease. */
async function skipToRefresh(world: World): Promise<void> {
  const [row] = await world.query<{ seconds: number }>(
    `select extract(epoch from greatest(refresh_due_at, refresh_lease_expires_at) - private.now())
              ::float8 as seconds
       from public.platform_connections`,
  );
  await world.skip(Math.max(0, row?.seconds ?? 0) + 0.01);
}

async function refreshWhenDue(world: World): Promise<void> {
  await skipToRefresh(world);
  await world.tick("tiktok-refresh");
}

/** How TikTok takes the token that the connection holds. */
async function askCreator(world: World): Promise<number> {
  const { status } = await world.call("GET", `tiktok-creator?connection_id=${world.connection_id}`);
  return status;
}

Deno.test("killed at any request of a refresh and started again, the connection lives on", async (t) => {
  await using world = await World.start({
    tiktok: "outside",
    access_ttl_seconds: ACCESS_TTL_SECONDS,
  });
  const checkpoints = await world.passedBy(() => refreshWhenDue(world));
  assert.deepEqual(
    checkpoints.slice(0, 3).map(({ name }) => name),
    ["claim_due_tokens", TOKEN, "finish_token_refresh"],
  );

  for (const checkpoint of checkpoints) {
    for (const moment of ["before", "after"] as const) {
      if (losesTheAnswer(checkpoint, moment)) continue; // Its own test, below.
      await t.step(`${moment} ${checkpoint.name}`, async () => {
        const before = await readConnection(world);
        await world.killAt(checkpoint, moment, () => refreshWhenDue(world));
        await refreshWhenDue(world);
        const after = await readConnection(world);
        assert.equal(after.status, "active");
        assert.equal(after.refresh_lease_owner, null);
        assert.equal(after.last_error, null);
        assert.ok(Number(after.token_version) > Number(before.token_version), "it was refreshed");
        assert.equal(await askCreator(world), 200, "TikTok takes the token");
      });
    }
  }
});

Deno.test("killed between TikTok's answer to a refresh and our write of it", async (t) => {
  const clip = await readClip();
  for (const [name, moment] of [[TOKEN, "after"], ["finish_token_refresh", "before"]] as const) {
    await using world = await World.start({
      tiktok: "outside",
      access_ttl_seconds: ACCESS_TTL_SECONDS,
    });
    const path = await world.store("clip.mp4", clip);
    const { connection_id } = world;
    await t.step(
      `${moment} ${name}: TikTok has forgotten the refresh token that we hold`,
      async () => {
        await world.killAt({ name, nth: 1 }, moment, () => refreshWhenDue(world));
        await refreshWhenDue(world);
        const connection = await readConnection(world);
        assert.equal(connection.status, "active", "the access token works: nobody gives it up");
        assert.equal(connection.refresh_lease_owner, null);
        assert.equal(connection.last_error?.code, "tiktok_rejected");
      },
    );
    await t.step("until the access token expires, everything works", async () => {
      assert.equal(await askCreator(world), 200);
      const job = await publish(world, uploadedPost(`meanwhile ${name}`, path));
      assert.equal(job.status, "published");
    });
    await t.step("then the user is asked to connect again, and posts wait for that", async () => {
      const request = uploadedPost(`waiting ${name}`, path);
      const scheduled_at = await inHours(world, 3);
      const taken = await world.call("POST", "tiktok-publish", {
        ...request,
        connection_id,
        scheduled_at,
      });
      assert.equal(taken.status, 202, JSON.stringify(taken.body));
      await world.skip(ACCESS_TTL_SECONDS);
      await refreshWhenDue(world);
      const { status, last_error } = await readConnection(world);
      assert.deepEqual([status, last_error?.code], ["reconnect_required", "reconnect_required"]);
      await world.skip(2 * 3600);
      await world.tick("tiktok-status-poll");

      const connected = await world.connect();
      assert.deepEqual([connected.id, connected.status], [connection_id, "active"]);
      const job = await settle(world, taken.body.job.id);
      assert.equal(job.status, "published");
      const captions = world.tiktok.posts.map(({ caption }) => caption).slice(-2);
      assert.deepEqual(captions, [`meanwhile ${name}`, `waiting ${name}`], "each post once");
    });
  }
});

async function inHours(world: World, hours: number): Promise<string> {
  const [row] = await world.query<{ at: string }>(
    "select private.iso(private.now() + make_interval(hours => $1::int)) as at",
    [hours],
  );
  return row?.at ?? assert.fail();
}
