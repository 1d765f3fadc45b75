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
      p_posts_a_day: 1_000,
      p_inits_a_minute: 1_000,
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
        p_posts_a_day: limits.daily,
        p_inits_a_minute: limits.minute,
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
        p_posts_a_day: 5,
        p_inits_a_minute: 6,
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

test("twelve posts taken at once, each driven at once: five are sent, and no slot is left unused", async ({ sql }) => {
  await sql`delete from public.publish_jobs`;
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id);
  const limits = { p_posts_a_day: 5, p_inits_a_minute: 100 };
  const states = await times(12, async () => {
    const p_job_id = (await postJob(sql, user_id, connection_id)).job.id;
    const p_lease_owner = crypto.randomUUID();
    const { items: [job] } = await call(sql, "claim_due_jobs", {
      p_lease_owner,
      p_lease_seconds: 60,
      p_limit: 1,
      p_job_id,
      ...limits,
    });
    if (!job) return "put off";
    const { state } = await call(sql, "begin_post_init", {
      p_job_id,
      p_lease_owner,
      p_lease_version: job.lease_version,
      p_lease_seconds: 60,
      p_init_id: crypto.randomUUID(),
      ...limits,
    });
    return state;
  });
  assert.equal(states.filter((state) => state === "go").length, 5, String(states));
  const [row] = await sql`
    select count(*)::int as jobs from public.publish_jobs
     where waits_for_slot and next_attempt_at > private.now() + interval '23 h'`;
  assert.equal(row?.jobs, 7, "the others wait for tomorrow");
});

test("of forty who want to ask at once, thirty may", async ({ sql }) => {
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id);
  const answers = await times(40, () =>
    call(sql, "lease_tokens_for_call", {
      p_connection_id: connection_id,
      p_user_id: null,
      p_lease_owner: crypto.randomUUID(),
      p_lease_seconds: 60,
      p_min_remaining_seconds: 60,
      p_rejected_version: null,
      p_call: "status",
      p_calls_a_minute: 30,
    }));
  assert.deepEqual(countBy(answers, ({ state }) => state), { usable: 30, limited: 10 });
});

test("two connections of one account have six inits a minute together", async ({ sql }) => {
  const account = crypto.randomUUID();
  const fences = (await times(2, async () => {
    const user_id = await addUser(sql);
    const connection_id = await addConnection(sql, user_id, { account });
    return await times(6, async () => {
      const { job } = await postJob(sql, user_id, connection_id);
      return await claimJob(sql, job.id);
    });
  })).flat();
  const answers = await Promise.all(fences.map((fence) =>
    call(sql, "begin_post_init", {
      ...fence,
      p_lease_seconds: 60,
      p_init_id: crypto.randomUUID(),
      p_posts_a_day: 100,
      p_inits_a_minute: 6,
    })
  ));
  assert.deepEqual(countBy(answers, ({ state }) => state), { go: 6, wait: 6 });
});

test("an event and an answer about a post at once: it is settled once, and its id is kept", async ({ sql }) => {
  await times(20, async () => {
    const user_id = await addUser(sql);
    const account = crypto.randomUUID();
    const connection_id = await addConnection(sql, user_id, { account });
    const { job } = await postJob(sql, user_id, connection_id, { init_posts_by_itself: true });
    const fence = await claimJob(sql, job.id);
    const publish_id = `publish id of ${job.id}`;
    const p_init_id = crypto.randomUUID();
    await call(sql, "begin_post_init", {
      ...fence,
      p_lease_seconds: 60,
      p_init_id,
      p_posts_a_day: 5,
      p_inits_a_minute: 6,
    });
    await call(sql, "record_post_init", {
      ...fence,
      p_lease_seconds: 60,
      p_init_id,
      p_publish_id: publish_id,
      p_upload_url_sealed: null,
      p_upload_expires_in_seconds: null,
      p_chunk_size_bytes: null,
      p_chunk_count: null,
      p_bytes_total: null,
    });
    const [answer, event] = await Promise.all([
      call(sql, "finish_job_step", {
        ...fence,
        p_from_status: "processing",
        p_status: "published",
        p_next_attempt_in_seconds: 0,
        p_error: null,
        p_keep_lease: false,
        p_changes: {},
        p_log: null,
      }),
      call(sql, "receive_webhook", {
        p_body_hash: `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll("-", ""),
        p_platform: "tiktok",
        p_name: "post.publish.publicly_available",
        p_event: {
          kind: "post",
          platform_user_id: account,
          publish_id,
          status: "published",
          post_id: "7",
        },
      }),
    ]);
    assert.equal(event.applied, 1);
    assert.ok(["ok", "lost"].includes(answer.state), answer.state);
    const [row] = await sql`
      select status, post_ids, lease_owner from public.publish_jobs where id = ${job.id}`;
    assert.deepEqual(row, { status: "published", post_ids: ["7"], lease_owner: null });
  });
});

test("settled posts are asked about by one at a time", async ({ sql }) => {
  await sql`delete from public.publish_jobs`;
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id);
  await times(40, () => postJob(sql, user_id, connection_id));
  await sql`
    update public.publish_jobs
       set status = 'published', next_attempt_at = null, follow_up_at = private.now()`;
  const claims = await times(8, () =>
    call(sql, "claim_follow_ups", {
      p_limit: 10,
      p_again_in_seconds: 600,
      p_give_up_after_seconds: 86_400,
    }));
  const ids = claims.flatMap(({ items }) => items.map(({ id }: { id: string }) => id));
  assert.deepEqual([ids.length, new Set(ids).size], [40, 40]);
});

test("posts that are put off while they are cancelled are cancelled, and none is forgotten", async ({ sql }) => {
  await sql`delete from public.publish_jobs`;
  const user_id = await addUser(sql);
  const connection_id = await addConnection(sql, user_id);
  const ids = await times(60, async () => (await postJob(sql, user_id, connection_id)).job.id);
  await Promise.all([
    ...ids.slice(20, 40).map((p_job_id) =>
      call(sql, "cancel_publish_job", { p_job_id, p_user_id: user_id })
    ),
    ...Array.from({ length: 10 }, () =>
      call(sql, "claim_due_jobs", {
        p_lease_owner: crypto.randomUUID(),
        p_lease_seconds: 60,
        p_limit: 25,
        p_job_id: null,
        p_posts_a_day: 5,
        p_inits_a_minute: 6,
      })),
  ]);
  const rows = await sql`
    select status, lease_owner is not null as leased, waits_for_slot, count(*)::int
      from public.publish_jobs group by 1, 2, 3`;
  const count = (keep: (row: Record<string, unknown>) => boolean) =>
    rows.filter(keep).reduce((sum, row) => sum + row.count, 0);
  assert.equal(count(({ status }) => status === "cancelled"), 20);
  assert.equal(count(({ status }) => status === "queued"), 40);
  assert.ok(count(({ leased }) => leased === true) >= 5, "slots are not left unused");
});
