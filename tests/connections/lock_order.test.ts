/**
 * Locks are taken in one order: the connection's row, the account, jobs. Each pair here once could
 * wait for each other; PostgreSQL then ends one of the two after a second. A third session holds the
 * first of them at the very moment at which the other comes in between.
 */

import assert from "node:assert/strict";
import type postgres from "postgres";
import { times, waitUntilBlocked } from "../database/races.ts";
import { addConnection, addUser, call, claimJob, postJob } from "../database/rows.ts";
import { startDatabaseTests } from "../database/support.ts";

const { test } = await startDatabaseTests();

type Scene = { sql: postgres.Sql; user_id: string; connection_id: string; account: string };
type Work = (scene: Scene) => Promise<unknown>;

// A statement of this driver begins when it is awaited.
const deleteUser: Work = async ({ sql, user_id }) =>
  await sql`delete from auth.users where id = ${user_id}`;

const disconnect: Work = ({ sql, user_id, connection_id }) =>
  call(sql, "disconnect_connection", { p_connection_id: connection_id, p_user_id: user_id });

const connectAgain: Work = ({ sql, user_id, connection_id, account }) =>
  storeConnection(sql, user_id, connection_id, account);

const remove: Work = ({ sql, account }) =>
  call(sql, "receive_webhook", {
    p_body_hash: (crypto.randomUUID() + crypto.randomUUID()).replaceAll("-", ""),
    p_platform: "tiktok",
    p_name: "authorization.removed",
    p_event: {
      kind: "authorization_removed",
      platform_user_id: account,
      at: new Date().toISOString(),
      error: { code: "authorization_removed" },
    },
  });

const useToken: Work = ({ sql, user_id, connection_id }) =>
  call(sql, "lease_connection_tokens", {
    p_connection_id: connection_id,
    p_user_id: user_id,
    p_lease_owner: crypto.randomUUID(),
    p_lease_seconds: 1,
    p_min_remaining_seconds: 60,
    p_rejected_version: null,
  });

/** Holds a lock of the advisory kind until its end is awaited. */
async function hold(sql: postgres.Sql, name: string): Promise<() => Promise<void>> {
  const held = await sql.reserve();
  await held`begin`;
  await held`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
  return async () => {
    await held`commit`;
    held.release();
  };
}

async function waiting(sql: postgres.Sql, count: number): Promise<void> {
  for (const until_ms = Date.now() + 60_000; Date.now() < until_ms;) {
    const [row] = await sql`
      select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock'`;
    if (row?.waiting >= count) return;
  }
  throw new Error(`${count} never came to wait`);
}

/** `first` gets as far as `held` lets it; then `second` begins; then `first` goes on. */
async function meet(
  sql: postgres.Sql,
  held: string,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
) {
  const release = await hold(sql, held);
  const outcomes = [first()];
  try {
    await waitUntilBlocked(sql);
    outcomes.push(second());
    await waiting(sql, 2);
  } finally {
    await release();
  }
  await Promise.all(outcomes);
}

async function newScene(sql: postgres.Sql): Promise<Scene> {
  const user_id = await addUser(sql);
  const account = crypto.randomUUID();
  const connection_id = await addConnection(sql, user_id, { account });
  return { sql, user_id, connection_id, account };
}

const pairs: [string, Work, Work][] = [
  ["a user is deleted while he connects again", connectAgain, deleteUser],
  ["a user connects again while he is deleted", deleteUser, connectAgain],
  ["a user is deleted while he disconnects", disconnect, deleteUser],
  ["a grant is removed at the platform while its user connects again", connectAgain, remove],
  ["a user connects again while the grant is removed at the platform", remove, connectAgain],
];

for (const [name, first, second] of pairs) {
  test(`${name}: one after the other`, async ({ sql }) => {
    const scene = await newScene(sql);
    // A user who is deleted meanwhile is no longer there to be connected.
    const connect = (work: Work) => async () => {
      try {
        await work(scene);
      } catch (error) {
        if (work !== connectAgain || (error as { code?: string }).code !== "23503") throw error;
      }
    };
    await meet(sql, `account:tiktok:${scene.account}`, connect(first), connect(second));
  });
}

const endings: [string, Work][] = [
  ["its connection is disconnected", disconnect],
  ["its user is deleted", deleteUser],
];

for (const [name, end] of endings) {
  test(`a post is about to start when ${name}: one after the other`, async ({ sql }) => {
    const scene = await newScene(sql);
    const { job } = await postJob(sql, scene.user_id, scene.connection_id);
    const lease = await claimJob(sql, job.id);
    const begin = () =>
      call(sql, "begin_post_init", {
        ...lease,
        p_lease_seconds: 60,
        p_init_id: crypto.randomUUID(),
        p_posts_a_day: 5,
        p_inits_a_minute: 6,
      });
    await meet(sql, `call:init:tiktok:${scene.account}`, begin, () => end(scene));
    const [row] = await sql`select status from public.publish_jobs where id = ${job.id}`;
    assert.equal(row?.status, "failed", "its init was on its way");
  });
}

test("everything at once on the accounts of a few users: nobody waits in a circle", async ({ sql }) => {
  const accounts = ["one", "two"];
  const users = await times(3, () => addUser(sql));
  const scenes = await Promise.all(
    users.flatMap((user_id) =>
      accounts.map(async (account) => ({
        sql,
        user_id,
        account,
        connection_id: await addConnection(sql, user_id, { account }),
      }))
    ),
  );
  const works = [disconnect, connectAgain, remove, useToken, claimDue, revokeDue];
  await times(200, async (index) => {
    const scene = scenes[index % scenes.length]!;
    await works[Math.floor(index / 7) % works.length]!(scene);
  });
  const [row] = await sql`
    select deadlocks::int from pg_stat_database where datname = current_database()`;
  assert.equal(row?.deadlocks, 0);
});

const claimDue: Work = ({ sql }) =>
  call(sql, "claim_due_tokens", {
    p_platform: "tiktok",
    p_lease_owner: crypto.randomUUID(),
    p_lease_seconds: 1,
    p_limit: 10,
  });

const revokeDue: Work = async ({ sql }) => {
  const p_lease_owner = crypto.randomUUID();
  const { items } = await call(sql, "claim_due_revocations", {
    p_platform: "tiktok",
    p_lease_owner,
    p_lease_seconds: 60,
    p_limit: 10,
    p_connection_id: null,
  });
  for (const { connection_id } of items) {
    await call(sql, "finish_revocation", {
      p_connection_id: connection_id,
      p_lease_owner,
      p_done: true,
      p_retry_in_seconds: 0,
      p_access_token_sealed: null,
      p_refresh_token_sealed: null,
      p_sealing_key_id: null,
      p_expires_in_seconds: null,
      p_log: null,
    });
  }
};

function storeConnection(sql: postgres.Sql, user_id: string, id: string, account: string) {
  return call(sql, "store_connection", {
    p_connection_id: id,
    p_user_id: user_id,
    p_platform: "tiktok",
    p_platform_user_id: account,
    p_account: {},
    p_scopes: ["user.info.basic"],
    p_capabilities: {},
    p_access_token_sealed: "sealed access",
    p_refresh_token_sealed: "sealed refresh",
    p_sealing_key_id: "key",
    p_expires_in_seconds: 0,
    p_refresh_expires_in_seconds: 15_552_000,
    p_alive_since: null,
  });
}
