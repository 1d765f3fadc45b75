// Races for posts, on a real server with as many connections as callers. A count alone can pass by
// luck, so where it can be had, a second connection also holds its transaction open.
import assert from "node:assert/strict";
import { countBy, times } from "./races.ts";
import { addConnection, addUser, call, claimJob, postJob } from "./rows.ts";
import { startDatabaseTests } from "./support.ts";

const { test } = await startDatabaseTests();

test("one idempotency key posted by twenty requests at once is one job", async ({ sql }) => {
  const user_id = await addUser(sql);
  const connection_ids = await times(2, () => addConnection(sql, user_id));
  const answers = await times(
    20,
    (index) =>
      postJob(sql, user_id, connection_ids[index % 2] ?? "", {
        idempotency_key: "key",
        request_hash: "the same",
      }),
  );
  const jobs = new Set(answers.map(({ job }) => job.id));
  assert.equal(jobs.size, 1);
  assert.deepEqual(countBy(answers, ({ created }) => String(created)), { true: 1, false: 19 });
  const [row] = await sql`
    select count(*)::int as jobs from public.publish_jobs where user_id = ${user_id}`;
  assert.deepEqual(row, { jobs: 1 });
});

test("one idempotency key with two bodies: one job, the other a conflict", async ({ sql }) => {
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id);
  const answers = await times(10, (index) =>
    postJob(sql, user_id, connection_id, {
      idempotency_key: "key",
      request_hash: `hash ${index}`,
    }));
  assert.deepEqual(countBy(answers, (answer) => answer.conflict ? "conflict" : "job"), {
    job: 1,
    conflict: 9,
  });
});

test("claims of due jobs never hand out one job twice", async ({ sql }, t) => {
  await sql`delete from public.publish_jobs`;
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id);
  const claim = (client: typeof sql, limit: number) =>
    call(client, "claim_due_jobs", {
      p_lease_owner: crypto.randomUUID(),
      p_lease_seconds: 60,
      p_limit: limit,
      p_job_id: null,
    });
  const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);
  const post = async () => (await postJob(sql, user_id, connection_id)).job.id;

  await t.step("while the first claim has not committed yet", async () => {
    const ids = await times(10, post);
    const first = await sql.reserve();
    try {
      await first`begin`;
      const claimed = idsOf(await claim(first, 4));
      const others = idsOf(await claim(sql, 25));
      await first`commit`;
      assert.deepEqual([claimed.length, others.length], [4, 6]);
      assert.deepEqual([...claimed, ...others].sort(), ids.sort());
    } finally {
      first.release();
    }
  });
  await t.step("by twelve callers at once", async () => {
    const ids = await times(80, post);
    const claims = await times(12, () => claim(sql, 25));
    assert.deepEqual(claims.flatMap(idsOf).sort(), ids.sort());
  });
});

for (
  const [name, limits, leave] of [
    ["five of twelve inits at once take the daily slots", { daily: 5, minute: 100 }, 5],
    ["six of twelve inits at once take the minute's slots", { daily: 100, minute: 6 }, 6],
  ] as const
) {
  test(name, async ({ sql }) => {
    const user_id = await addUser(sql);
    const connection_id = await addConnection(sql, user_id);
    const fences = await times(12, async () => {
      const { job } = await postJob(sql, user_id, connection_id);
      return await claimJob(sql, job.id);
    });
    const answers = await Promise.all(fences.map((fence) =>
      call(sql, "begin_post_init", {
        ...fence,
        p_lease_seconds: 60,
        p_init_id: crypto.randomUUID(),
        p_daily_limit: limits.daily,
        p_minute_limit: limits.minute,
      })
    ));
    assert.deepEqual(countBy(answers, ({ state }) => state), { go: leave, wait: 12 - leave });
    const [row] = await sql`
      select count(*)::int as inits from private.post_inits where connection_id = ${connection_id}`;
    assert.deepEqual(row, { inits: leave });
  });
}

test("a pull cancelled while its init begins is either cancelled or sent, never both", async ({ sql }) => {
  const user_id = await addUser(sql);
  await times(20, async () => {
    const connection_id = await addConnection(sql, user_id);
    const { job } = await postJob(sql, user_id, connection_id, { init_posts_by_itself: true });
    const fence = await claimJob(sql, job.id);
    const [begun, cancelled] = await Promise.all([
      call(sql, "begin_post_init", {
        ...fence,
        p_lease_seconds: 60,
        p_init_id: crypto.randomUUID(),
        p_daily_limit: 5,
        p_minute_limit: 6,
      }),
      call(sql, "cancel_publish_job", { p_job_id: job.id, p_user_id: user_id }),
    ]);
    const pair = `${begun.state}, ${cancelled.state}`;
    assert.ok(["go, not_cancellable", "lost, cancelled"].includes(pair), pair);
  });
});

test("a post taken while its connection is disconnected is refused or ended", async ({ sql }) => {
  const user_id = await addUser(sql);
  await times(20, async () => {
    const connection_id = await addConnection(sql, user_id);
    await Promise.all([
      call(sql, "disconnect_connection", { p_connection_id: connection_id, p_user_id: user_id }),
      postJob(sql, user_id, connection_id),
    ]);
  });
  const rows = await sql`
    select status, count(*)::int from public.publish_jobs
     where user_id = ${user_id} and status <> 'cancelled' group by status`;
  assert.deepEqual([...rows], []);
});
