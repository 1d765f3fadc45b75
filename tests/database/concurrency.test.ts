// Races, on a real server with as many connections as callers. A count alone can pass by luck, so
// where it can be had, a second connection also holds its transaction open at the worst moment.
import assert from "node:assert/strict";
import { addConnection, addUser, call, claimJob, postJob } from "./rows.ts";
import { startDatabaseTests } from "./support.ts";

const { test } = await startDatabaseTests();

function countBy<T>(items: T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

test("fifty callers of an expired token: one refreshes, the others wait", async ({ sql }) => {
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id, { expires_in_seconds: 0 });
  const answers = await times(50, () =>
    call(sql, "lease_connection_tokens", {
      p_connection_id: connection_id,
      p_user_id: user_id,
      p_lease_owner: crypto.randomUUID(),
      p_lease_seconds: 30,
      p_min_remaining_seconds: 60,
      p_rejected_version: null,
    }));
  assert.deepEqual(countBy(answers, ({ state }) => state), { leased: 1, busy: 49 });
});

test("of twenty refreshers with one version, one writes", async ({ sql }) => {
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id, { expires_in_seconds: 0 });
  const owner = crypto.randomUUID();
  await call(sql, "claim_due_tokens", {
    p_platform: "tiktok",
    p_lease_owner: owner,
    p_lease_seconds: 30,
    p_limit: 100,
  });
  const answers = await times(20, (index) =>
    call(sql, "finish_token_refresh", {
      p_connection_id: connection_id,
      p_lease_owner: owner,
      p_token_version: 1,
      p_access_token_sealed: `access ${index}`,
      p_refresh_token_sealed: `refresh ${index}`,
      p_sealing_key_id: "key",
      p_expires_in_seconds: 7200,
      p_refresh_expires_in_seconds: 15_552_000,
      p_scopes: null,
      p_capabilities: null,
    }));
  assert.deepEqual(countBy(answers, ({ stored }) => String(stored)), { true: 1, false: 19 });
  const [row] = await sql`
    select access_token_sealed, refresh_token_sealed, token_version::int
      from public.platform_connections where id = ${connection_id}`;
  const winner = answers.findIndex(({ stored }) => stored);
  assert.deepEqual(row, {
    access_token_sealed: `access ${winner}`,
    refresh_token_sealed: `refresh ${winner}`,
    token_version: 2,
  });
});

test("claims of due tokens never hand out one connection twice", async ({ sql }) => {
  const user_id = await addUser(sql);
  const platform = "claimed";
  const ids = await times(
    60,
    () => addConnection(sql, user_id, { platform, expires_in_seconds: 0 }),
  );
  const claims = await times(8, () =>
    call(sql, "claim_due_tokens", {
      p_platform: platform,
      p_lease_owner: crypto.randomUUID(),
      p_lease_seconds: 30,
      p_limit: 25,
    }));
  const claimed = claims.flatMap(({ items }) =>
    items.map((item: { connection_id: string }) => item.connection_id)
  );
  assert.deepEqual(claimed.sort(), ids.sort());
});

test("one state is consumed by one of twenty requests", async ({ sql }) => {
  const user_id = await addUser(sql);
  const p_state_hash = "a".repeat(64);
  const state = { p_state_hash, p_user_id: user_id, p_platform: "tiktok" };
  await call(sql, "create_oauth_state", stateArguments(state.p_state_hash, user_id));
  const answers = await times(
    20,
    (index) => call(sql, "consume_oauth_state", { ...state, p_request_id: `request ${index}` }),
  );
  assert.equal(answers.filter((answer) => answer !== null).length, 1);
});

test("forty states at once leave ten live", async ({ sql }) => {
  const user_id = await addUser(sql);
  const answers = await times(
    40,
    (index) =>
      call(
        sql,
        "create_oauth_state",
        stateArguments(index.toString(16).padStart(64, "0"), user_id),
      ),
  );
  const refused = answers.filter(({ rate_limited }) => rate_limited);
  const [row] = await sql`
    select count(*)::int as live from private.oauth_states where user_id = ${user_id}`;
  assert.deepEqual({ refused: refused.length, ...row }, { refused: 30, live: 10 });
});

test("one account connected by twenty requests at once is one connection", async ({ sql }) => {
  const user_id = await addUser(sql);
  const stored = await times(
    20,
    () => addConnection(sql, user_id, { account: "the account" }).catch((error) => error),
  );
  const ids = stored.filter((id) => typeof id === "string");
  const [row] = await sql`
    select count(*)::int as rows from public.platform_connections
     where user_id = ${user_id} and platform_user_id = 'the account'`;
  assert.deepEqual({ winners: ids.length, ...row }, { winners: 1, rows: 1 });
});

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

function stateArguments(p_state_hash: string, p_user_id: string) {
  return {
    p_state_hash,
    p_user_id,
    p_platform: "tiktok",
    p_redirect_uri: "https://nexus.example.com/callback",
    p_redirect_to: "https://nexus.example.com/done",
    p_scopes: ["user.info.basic"],
    p_code_verifier_sealed: null,
    p_ttl_seconds: 600,
    p_max_live: 10,
    p_live: true,
  };
}
