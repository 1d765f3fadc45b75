// What a claim reads: the rows that it hands out, whatever else lies in the queue. Counted by the
// server's own statistics, since a time would say more about the machine.
import assert from "node:assert/strict";
import type postgres from "postgres";
import { addConnection, addUser, call } from "./rows.ts";
import { startDatabaseTests } from "./support.ts";

const { test } = await startDatabaseTests();

/** Fills the queue with posts of that many users, in turns. */
async function fillQueue(
  sql: postgres.Sql,
  { users, jobs, due }: { users: number; jobs: number; due: boolean },
) {
  const connections = [];
  for (let n = 0; n < users; n++) {
    const user_id = await addUser(sql);
    connections.push({ user_id, id: await addConnection(sql, user_id) });
  }
  await sql`
    insert into public.publish_jobs (
      user_id, connection_id, status, next_attempt_at, created_at, mode, media, request_hash,
      init_posts_by_itself
    )
    select (${connections.map(({ user_id }) => user_id)}::uuid[])[1 + i % ${users}],
           (${connections.map(({ id }) => id)}::uuid[])[1 + i % ${users}],
           'queued', private.now() + case when ${due} then interval '0' else interval '1 d' end,
           private.now() + i * interval '1 ms', 'direct', '{}', 'hash', false
      from generate_series(0, ${jobs - 1}) as i`;
  await sql`analyze public.publish_jobs`;
  return connections;
}

/** Rows of the queue that a claim reads, by an index or by going through the whole table. */
async function readsOfClaim(sql: postgres.Sql, p_limit = 25) {
  return await sql.begin(async (transaction) => {
    const count = async () => {
      const [row] = await transaction`
        select coalesce(idx_tup_fetch, 0)::int as by_index, coalesce(seq_tup_read, 0)::int as by_scan
          from pg_stat_xact_user_tables where relname = 'publish_jobs'`;
      return row as { by_index: number; by_scan: number };
    };
    const before = await count();
    const { items } = await call(transaction as unknown as postgres.Sql, "claim_due_jobs", {
      p_lease_owner: crypto.randomUUID(),
      p_lease_seconds: 240,
      p_limit,
      p_job_id: null,
      p_posts_a_day: 5,
      p_inits_a_minute: 6,
    });
    const after = await count();
    return {
      claimed: items.length as number,
      by_index: after.by_index - before.by_index,
      by_scan: after.by_scan - before.by_scan,
    };
  });
}

/** For each job: found, looked at with its connection, counted among those that start, and leased. */
const READS_PER_JOB = 8;

test("a claim reads as much among 50,000 jobs that are not due as among none", async ({ sql }) => {
  await sql`delete from public.publish_jobs`;
  await fillQueue(sql, { users: 5, jobs: 10, due: true });
  const alone = await readsOfClaim(sql);
  await sql`delete from public.publish_jobs`;
  await fillQueue(sql, { users: 50, jobs: 50_000, due: false });
  await fillQueue(sql, { users: 5, jobs: 10, due: true });
  const among = await readsOfClaim(sql);
  assert.equal(alone.claimed, 10);
  assert.deepEqual([among.claimed, among.by_scan], [10, 0]);
  assert.ok(among.by_index <= 10 * READS_PER_JOB, `${among.by_index} rows for 10 jobs`);
});

test("ten thousand posts of a hundred users: five of each go, and the rest is left alone", async ({ sql }) => {
  await sql`delete from public.publish_jobs`;
  await fillQueue(sql, { users: 100, jobs: 10_000, due: true });
  const owners = new Map<string, number>();
  let claims = 0;
  for (let claimed = 1; claimed > 0; claims++) {
    const { items } = await call(sql, "claim_due_jobs", {
      p_lease_owner: crypto.randomUUID(),
      p_lease_seconds: 240,
      p_limit: 100,
      p_job_id: null,
      p_posts_a_day: 5,
      p_inits_a_minute: 6,
    });
    for (const { connection_id } of items) {
      owners.set(connection_id, (owners.get(connection_id) ?? 0) + 1);
    }
    claimed = items.length;
    // The first claim hands out something of everybody's: they posted in turns.
    if (claims === 0) assert.equal(owners.size, 100);
  }
  assert.deepEqual([...new Set(owners.values())], [5]);
  assert.equal(claims, 6, "five hundred of them, a hundred at a time");

  const nothing = await readsOfClaim(sql);
  // The five hundred are leased, and due again should their holders die.
  assert.deepEqual([nothing.claimed, nothing.by_scan], [0, 0]);
  assert.ok(nothing.by_index <= 500, `${nothing.by_index} rows for nothing`);

  const [latecomer] = await fillQueue(sql, { users: 1, jobs: 1, due: true });
  const last = await readsOfClaim(sql);
  assert.equal(last.claimed, 1, `the post of ${latecomer?.user_id} does not wait for the others`);
  assert.ok(last.by_index <= 500 + READS_PER_JOB, `${last.by_index} rows for one job`);
});
