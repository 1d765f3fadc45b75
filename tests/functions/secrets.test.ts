/** After all there is to do, nothing that TikTok gave out stands anywhere in the clear. */

import { equal, ok, same } from "./support/assert.ts";
import { readClip, videoDraft, videoPost, writeVideo } from "./support/media.ts";
import { findSecrets, type Place, readAnswers, readTables } from "./support/search.ts";
import { startWorld, type World } from "./support/world.ts";

async function readEverything(world: World): Promise<Place[]> {
  return [
    ...await readTables(world.host.sql),
    ...readAnswers(world.answers),
    { name: "the functions' log", text: world.console.text.join("\n") },
    { name: "the host's log", text: world.host.logs.join("\n") },
  ];
}

Deno.test("no secret in any table, log or answer", async (t) => {
  await using world = await startWorld({
    env: { TIKTOK_PKCE: "hex", TIKTOK_DAILY_POST_LIMIT: "100" },
  });
  const person = await world.person();
  const states: string[] = [];
  const visited: string[] = [];

  await t.step("connected by way of the browser, refused, and connected again", async () => {
    for (const deny of [false, true, false]) {
      const query = await person.authorize({ account: world.takeAccount(), deny });
      states.push(query.get("state")!);
      const redirect = await world.anyone.get(`tiktok-callback?${query}`);
      visited.push(redirect.headers.get("location")!);
      await person.complete(query);
      await person.complete(query);
    }
    equal(visited.length, 3);
  });
  const small = await person.upload("clip.mp4", await readClip());
  const connection = await person.connect();
  await t.step("published, whole and in chunks, with faults", async () => {
    const file = await Deno.makeTempFile();
    await writeVideo(file, 50_000_000);
    const large = await person.upload("large.mp4", (await Deno.open(file)).readable, 50_000_000);
    await Deno.remove(file);
    world.tiktok.faults.add({ path: "/video/", kind: "status", status: 500 });
    world.tiktok.faults.add({ path: "/video/", nth: 3, kind: "expire_upload" });
    for (const request of [videoPost(connection.id, small), videoDraft(connection.id, large)]) {
      await person.settle((await person.publish(request)).id);
    }
    equal(world.tiktok.state.publishes.length, 3);
  });
  await t.step("while an upload is under way, its address is sealed", async () => {
    world.tiktok.faults.add({ path: "/video/", kind: "status", status: 503, times: 2 });
    const job = await person.publish(videoPost(connection.id, small));
    await world.host.idle();
    equal((await person.job(job.id)).status, "uploading");
    const { upload_url, upload_token } = world.tiktok.state.uploads.at(-1)!;
    same(findSecrets(await readEverything(world), [upload_url, upload_token]), []);
    await person.settle(job.id);
  });
  await t.step("refreshed by the schedule and on use", async () => {
    await world.skip(1.7 * 3600);
    await world.host.cron.tick("tiktok-refresh");
    await world.skip(2.1 * 3600);
    equal((await person.get(`tiktok-creator?connection_id=${connection.id}`)).status, 200);
  });
  await t.step(
    "TikTok repeats what it was sent, in its errors and in place of answers",
    async () => {
      const everything = () =>
        [...world.tiktok.state.issuedSecrets().slice(-12), Deno.env.get("TIKTOK_CLIENT_SECRET")]
          .join(" ");
      const paths = [
        "/v2/oauth/token/",
        "/v2/user/info/",
        "/v2/post/publish/creator_info/query/",
        "/v2/post/publish/video/init/",
        "/v2/post/publish/status/fetch/",
        "/v2/oauth/revoke/",
      ];
      const stir = async () => {
        const query = await person.authorize({ account: world.takeAccount() });
        await person.complete(query);
        await person.get(`tiktok-creator?connection_id=${connection.id}`);
        await person.post("tiktok-publish", videoPost(connection.id, small));
        await world.host.idle();
        for (let tick = 0; tick < 3; tick++) {
          await world.skip(3700);
          await world.host.cron.tick();
        }
      };
      for (const path of paths) {
        for (const kind of ["error", "garbage"] as const) {
          world.tiktok.faults.add(
            kind === "error"
              ? { path, kind, code: "invalid_params", message: everything(), times: 3 }
              : { path, kind, body: `<html>${everything()}</html>`, times: 3 },
          );
          await stir();
          world.tiktok.faults.clear();
        }
      }
    },
  );
  await t.step("disconnected", async () => {
    equal((await person.post("tiktok-disconnect", { connection_id: connection.id })).status, 200);
  });

  const issued = world.tiktok.state.issuedSecrets();
  const settings = [
    Deno.env.get("TIKTOK_CLIENT_SECRET")!,
    JSON.parse(Deno.env.get("TOKEN_ENCRYPTION_KEYS")!).keys.local,
  ];
  const places = await readEverything(world);
  await t.step("there is something to search, and something to search in", () => {
    ok(issued.length > 40, `${issued.length} secrets`);
    ok(places.length > 60, `${places.length} places`);
    for (const name of ["public.platform_connections", "private.error_log", "net._http_response"]) {
      ok(places.find((place) => place.name === name)!.text.length > 100, name);
    }
    ok(world.console.text.length > 10, "the functions logged");
  });
  await t.step("no code, token or upload address", () => same(findSecrets(places, issued), []));
  await t.step(
    "not the client secret, nor the sealing key",
    () => same(findSecrets(places, settings), []),
  );
  await t.step("no state but in its own answer", () => {
    const elsewhere = places.filter(({ name }) => !name.startsWith("answer"));
    same(findSecrets(elsewhere, states), []);
  });
  await t.step("no API key in what pg_net keeps", () => {
    const net = places.filter(({ name }) => name.startsWith("net."));
    same(findSecrets(net, [world.host.keys.cron, world.host.keys.secret]), []);
  });
  await t.step("no user's token in a log or a table", () => {
    same(findSecrets(places.filter(({ name }) => !name.startsWith("answer")), [person.token]), []);
  });
  await t.step("a row that the user may read shows nothing sealed either", async () => {
    for (const table of ["platform_connections", "publish_jobs"]) {
      const all = await person.get(`/rest/v1/${table}?select=*`);
      ok(all.status === 401 || all.status === 403, `select=* answered ${all.status}`);
    }
    for (const column of ["access_token_sealed", "refresh_token_sealed", "sealing_key_id"]) {
      ok(
        (await person.get(`/rest/v1/platform_connections?select=${column}`)).status >= 400,
        column,
      );
    }
    ok((await person.get("/rest/v1/publish_jobs?select=upload_url_sealed")).status >= 400);
    equal((await person.get("/rest/v1/platform_connections?select=id,status")).status, 200);
  });
  await t.step("the search would have found one", async () => {
    const [token = ""] = issued;
    await world.host.sql.query(
      `insert into private.error_log (function_slug, code, detail) values ('test', 'internal', $1)`,
      [`token=${encodeURIComponent(token)}`],
    );
    equal(findSecrets(await readTables(world.host.sql), [token]).length, 1);
  });
});
