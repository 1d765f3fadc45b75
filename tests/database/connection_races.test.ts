// Races for states, connections and tokens, on a real server with as many connections as callers.
import assert from "node:assert/strict";
import type postgres from "postgres";
import { countBy, times, waitUntilBlocked } from "./races.ts";
import { addConnection, addUser, call } from "./rows.ts";
import { startDatabaseTests } from "./support.ts";

const { test } = await startDatabaseTests();

const askForTokens = (sql: postgres.Sql, connection_id: string, user_id: string | null) =>
  call(sql, "lease_connection_tokens", {
    p_connection_id: connection_id,
    p_user_id: user_id,
    p_lease_owner: crypto.randomUUID(),
    p_lease_seconds: 30,
    p_min_remaining_seconds: 60,
    p_rejected_version: null,
  });

for (const caller of ["user", "service"] as const) {
  test(`fifty calls by the ${caller} for an expired token: one refreshes, the others wait`, async ({ sql }) => {
    const user_id = await addUser(sql);
    const connection_id = await addConnection(sql, user_id, { expires_in_seconds: 0 });
    const answers = await times(
      50,
      () => askForTokens(sql, connection_id, caller === "user" ? user_id : null),
    );
    assert.deepEqual(countBy(answers, ({ state }) => state), { leased: 1, busy: 49 });
  });
}

test("who asks while a lease is being given waits for it, and is told so", async ({ sql }) => {
  const connection_id = await addConnection(sql, await addUser(sql), { expires_in_seconds: 0 });
  const first = await sql.reserve();
  try {
    await first`begin`;
    const leased = await askForTokens(first, connection_id, null);
    const second = askForTokens(sql, connection_id, null);
    await waitUntilBlocked(sql);
    await first`commit`;
    assert.deepEqual([leased.state, (await second).state], ["leased", "busy"]);
  } finally {
    first.release();
  }
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
    () =>
      addConnection(sql, user_id, { account: "the account" }).catch((error: Error) =>
        error.message
      ),
  );
  const [row, ...others] = await sql`
    select id from public.platform_connections
     where user_id = ${user_id} and platform_user_id = 'the account'`;
  assert.deepEqual(others, []);
  // Nobody runs into the table's own constraint: each is told the id to seal his tokens to.
  assert.deepEqual(countBy(stored, String), {
    [row?.id]: 1,
    [`the account is connection ${row?.id}`]: 19,
  });
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
