import assert from "node:assert/strict";
import { makeClient, signInAs, startTestHost } from "./support.ts";

Deno.test("Data API: functions", async (t) => {
  const host = await startTestHost();
  const service = makeClient(host, host.keys.secret);
  const ada = await signInAs(host, "ada@example.com");
  const raw = (name: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${host.url}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers: { apikey: host.keys.secret, "content-type": "application/json", ...headers },
      body,
    });

  await t.step("arguments are named, cast, and defaulted", async () => {
    assert.equal((await service.rpc("add", { a: 2, b: 3 })).data, 5);
    assert.equal((await service.rpc("add", { a: "2" })).data, 3);
  });
  await t.step("a bigint keeps its 19 digits on the way in and out", async () => {
    assert.equal(
      await (await raw("add", '{"a": 7123456789012345678}')).text(),
      "7123456789012345679",
    );
  });
  await t.step("jsonb goes through as it is, null and text included", async () => {
    for (const value of [{ a: [1, "x", null] }, "text", null, 5]) {
      assert.deepEqual((await service.rpc("echo_json", { value })).data, value);
    }
  });
  await t.step("a single unnamed json parameter takes the whole body", async () => {
    assert.deepEqual((await service.rpc("take_all", { x: 1, y: 2 })).data, { x: 1, y: 2 });
  });
  await t.step("void is 204, and the function ran", async () => {
    const { status, data } = await service.rpc("nothing", { note: "was here" });
    assert.deepEqual([status, data], [204, null]);
    assert.deepEqual(await host.sql.query("select note from notes"), [{ note: "was here" }]);
    assert.equal((await service.rpc("nothing")).status, 204);
  });
  await t.step("sets are lists, rows are objects", async () => {
    await host.sql.query(
      "insert into things (user_id, name, made_at) values ($1::text::uuid, 'lamp', '2026-01-02T03:04:05Z')",
      [host.users[0]?.id],
    );
    assert.deepEqual((await service.rpc("count_to", { last: 3 })).data, [1, 2, 3]);
    assert.deepEqual((await service.rpc("count_to", { last: 0 })).data, []);
    const { data: things } = await service.rpc("list_things");
    assert.equal(things.length, 1);
    assert.equal(things[0].made_at, "2026-01-02T03:04:05+00:00");
    assert.equal((await service.rpc("get_thing", { thing_id: 1 })).data.name, "lamp");
    assert.equal((await service.rpc("list_things").single<{ name: string }>()).data?.name, "lamp");
    assert.equal((await service.rpc("count_to", { last: 2 }).single()).error?.code, "PGRST116");
  });
  await t.step("overloads are told apart by their arguments", async () => {
    assert.equal((await service.rpc("overloaded", { a: 1 })).data, "one");
    assert.equal((await service.rpc("overloaded", { a: 1, b: 2 })).data, "two");
  });

  await t.step("the role and the claims are the caller's", async () => {
    const who = async (client: typeof ada) =>
      (await client.rpc("who_am_i").single<{ uid: string }>()).data;
    const place = { path: "public, extensions", clock: "UTC" };
    assert.deepEqual(await who(service), { uid: null, role: "service_role", ...place });
    assert.deepEqual(await who(ada), { uid: host.users[0]?.id, role: "authenticated", ...place });
    assert.deepEqual(await who(makeClient(host)), { uid: null, role: "anon", ...place });
    assert.deepEqual(await who(makeClient(host, host.keys.cron)), {
      uid: null,
      role: "service_role",
      ...place,
    });
  });
  await t.step("nothing of a caller is left for the next one", async () => {
    await ada.rpc("who_am_i");
    const [row] = await host.sql.query(
      "select current_user = session_user as own, current_setting('request.jwt.claims', true) as claims",
    );
    assert.equal(row?.own, true);
    assert.equal(row?.claims || null, null);
  });

  await t.step(
    "EXECUTE decides: 401 without a user, 403 with one, and the service may",
    async () => {
      const refused = await ada.rpc("secret_work");
      assert.deepEqual([refused.status, refused.error?.code], [403, "42501"]);
      assert.equal((await makeClient(host).rpc("secret_work")).status, 401);
      assert.equal((await service.rpc("secret_work")).data, "done");
    },
  );

  await t.step("an unknown function or argument is PGRST202", async () => {
    for (const [name, args] of [["no_such", {}], ["add", { a: 1, c: 2 }], ["add", {}]] as const) {
      const { status, error } = await service.rpc(name, args);
      assert.deepEqual([status, error?.code], [404, "PGRST202"]);
    }
  });
  await t.step("functions outside of public are not there", async () => {
    assert.equal((await service.rpc("http_post", { url: "x" })).error?.code, "PGRST202");
  });
  await t.step("errors come in PostgREST's form with its status", async () => {
    const table: [string, number][] = [
      ["P0001", 400],
      ["PT429", 429],
      ["23505", 409],
      ["22023", 400],
      ["42501", 403],
      ["55P03", 500],
      ["57014", 500],
    ];
    for (const [sqlstate_code, status] of table) {
      const answer = await service.rpc("fail_with", { sqlstate_code, message: "so it is" });
      assert.deepEqual(
        [answer.status, answer.error?.code, answer.error?.message, answer.error?.hint],
        [status, sqlstate_code, "so it is", "a hint"],
      );
    }
    const bad_cast = await service.rpc("add", { a: "x" });
    assert.deepEqual([bad_cast.status, bad_cast.error?.code], [400, "22P02"]);
    assert.equal((await raw("add", "{")).status, 400);
    assert.equal((await raw("add", "[]")).status, 400);
  });
  await t.step("a failed call leaves nothing", async () => {
    const before = (await host.sql.query("select from notes")).length;
    await assert.rejects(host.sql.transaction(async (tx) => {
      await tx.query("insert into notes values ('gone')");
      throw new Error("on purpose");
    }));
    assert.equal((await host.sql.query("select from notes")).length, before);
  });
  await t.step("no key, a wrong key, a forged token: 401", async () => {
    assert.equal((await raw("add", '{"a":1}', { apikey: "" })).status, 401);
    assert.equal((await raw("add", '{"a":1}', { apikey: "sb_secret_wrong" })).status, 401);
    assert.equal((await raw("add", '{"a":1}', { apikey: "toString" })).status, 401);
    const token = await host.signIn("ada@example.com", "ada-demo-password");
    const forged = token.slice(0, -6) + "AAAAAA";
    assert.equal((await raw("add", '{"a":1}', { authorization: `Bearer ${forged}` })).status, 401);
    assert.equal((await raw("add", '{"a":1}', { authorization: `Bearer ${token}` })).status, 200);
  });
  await t.step("only POST calls a function", async () => {
    const answer = await fetch(`${host.url}/rest/v1/rpc/add?a=1`, {
      headers: { apikey: host.keys.secret },
    });
    assert.equal(answer.status, 405);
    await answer.body?.cancel();
  });
  await host.close();
});

Deno.test("Data API: a user's own rows", async (t) => {
  const host = await startTestHost();
  const [ada_user, grace_user] = host.users;
  await host.sql.query(
    `insert into things (user_id, name, is_big, made_at)
     select case when n <= 5 then $1::text::uuid else $2::text::uuid end, 'thing ' || n, n % 2 = 0,
            timestamptz '2026-01-01Z' + n * interval '1 day'
     from generate_series(1, 8) n`,
    [ada_user?.id, grace_user?.id],
  );
  const ada = await signInAs(host, "ada@example.com");
  const grace = await signInAs(host, "grace@example.com");

  await t.step("policies decide which rows, grants which columns", async () => {
    assert.equal((await ada.from("things").select("id")).data?.length, 5);
    assert.equal((await grace.from("things").select("id")).data?.length, 3);
    const everything = await ada.from("things").select("*");
    assert.deepEqual([everything.status, everything.error?.code], [403, "42501"]);
    const anonymous = await makeClient(host).from("things").select("id");
    assert.deepEqual([anonymous.status, anonymous.error?.code], [401, "42501"]);
    const service = await makeClient(host, host.keys.secret).from("things").select("*");
    assert.equal(service.data?.length, 8);
  });

  const names: [string, (query: ReturnType<typeof selectId>) => PromiseLike<unknown>, number[]][] =
    [
      ["eq", (query) => query.eq("name", "thing 2"), [2]],
      ["eq of a boolean", (query) => query.eq("is_big", true), [2, 4]],
      ["eq of another's user id", (query) => query.eq("user_id", grace_user?.id ?? ""), []],
      ["neq", (query) => query.neq("id", 2), [1, 3, 4, 5]],
      ["gt and lte", (query) => query.gt("id", 1).lte("id", 3), [2, 3]],
      ["gte of a time", (query) => query.gte("made_at", "2026-01-05T00:00:00Z"), [4, 5]],
      ["lt", (query) => query.lt("id", 2), [1]],
      ["in", (query) => query.in("id", [1, 5, 7]), [1, 5]],
      ["in with commas", (query) => query.in("name", ["thing 1", "a,b", 'q"']), [1]],
      ["in of nothing", (query) => query.in("id", []), []],
      ["is", (query) => query.is("is_big", true), [2, 4]],
      ["not is null", (query) => query.not("name", "is", null), [1, 2, 3, 4, 5]],
      ["order and limit", (query) => query.order("id", { ascending: false }).limit(2), [5, 4]],
      ["range", (query) => query.order("id").range(1, 2), [2, 3]],
      ["like", (query) => query.like("name", "%3"), [3]],
    ];
  const selectId = () => ada.from("things").select("id");
  for (const [name, build, expected] of names) {
    await t.step(`filter: ${name}`, async () => {
      const { data, error } = await build(selectId()) as {
        data: { id: number }[] | null;
        error: unknown;
      };
      assert.equal(error, null);
      assert.deepEqual(data?.map((row) => row.id), expected);
    });
  }

  await t.step("single and maybeSingle", async () => {
    const { data } = await ada.from("things").select("label:name, made_at").eq("id", 1).single();
    assert.deepEqual(data, { label: "thing 1", made_at: "2026-01-02T00:00:00+00:00" });
    const none = await ada.from("things").select("id").eq("id", 8).single();
    assert.deepEqual([none.status, none.error?.code], [406, "PGRST116"]);
    const maybe = await ada.from("things").select("id").eq("id", 8).maybeSingle();
    assert.deepEqual([maybe.data, maybe.error], [null, null]);
  });
  await t.step("an exact count, without rows if only that is wanted", async () => {
    const query = ada.from("things").select("id", { count: "exact" }).limit(2);
    const { count, data } = await query;
    assert.deepEqual([count, data?.length], [5, 2]);
    const head = await ada.from("things").select("id", { count: "exact", head: true });
    assert.deepEqual([head.count, head.data], [5, null]);
  });
  await t.step("what is not there says so", async () => {
    assert.equal((await ada.from("no_table").select()).error?.code, "PGRST205");
    assert.equal((await ada.from("things").select("nothing")).error?.code, "42703");
    assert.equal((await ada.from("things").select("id").eq("nothing", 1)).error?.code, "42703");
    assert.equal((await ada.from("things").select("id, users(*)")).error?.code, "PGRST100");
  });
  await t.step("names can't break out of the statement", async () => {
    const { error } = await ada.from("things").select('id,(select 1)" from auth.users--');
    assert.equal(error?.code, "PGRST100");
    const answer = await ada.from("things").select("id").eq('id" or true --', 1);
    assert.equal(answer.error?.code, "PGRST100");
  });
  await t.step("grants refuse a write, and allow one where there is a grant", async () => {
    const insert = await ada.from("things").insert({ user_id: ada_user?.id, name: "x" });
    assert.deepEqual([insert.status, insert.error?.code], [403, "42501"]);
    assert.equal((await ada.from("things").update({ name: "x" }).eq("id", 1)).error?.code, "42501");
    assert.equal((await ada.from("things").delete().eq("id", 1)).error?.code, "42501");
    assert.equal((await ada.from("notes").insert([{ note: "a" }, { note: "b" }])).status, 201);
    const service = makeClient(host, host.keys.secret);
    assert.equal((await service.from("things").update({ name: "y" }).eq("id", 1)).status, 204);
    assert.equal((await service.from("things").delete().eq("id", 2)).status, 204);
    const rows = await host.sql.query("select name from things where id <= 2");
    assert.deepEqual(rows, [{ name: "y" }]);
  });
  await host.close();
});
