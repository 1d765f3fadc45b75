/** The command as a process, against the embedded host. */

import assert from "node:assert/strict";
import { repositoryPath } from "../../local/host/index.ts";
import { writeVideo } from "../functions/support/media.ts";
import { Person } from "../functions/support/person.ts";
import { CDN, pullable } from "../functions/support/pulls.ts";
import { startWorld } from "../functions/support/world.ts";
import { Operator } from "./operator.ts";
import { clip, ended, runProcess, startProcess, unfit_clip } from "./support.ts";

Deno.test("the command against the embedded host", async (t) => {
  await using world = await startWorld({ tiktok_options: pullable() });

  await t.step("initiate: by itself for the first demo user, who can connect with it", async () => {
    const [user] = world.host.users;
    const token = await world.host.signIn(user?.email ?? "", user?.password ?? "");
    const ada = new Person(world, user?.id ?? "", token);
    const args = ["initiate", "--scopes", "video.upload", "--json"];
    const { code, stdout } = await runProcess(args, { NEXUS_URL: world.host.url });
    assert.equal(code, 0);
    const { authorization_url: authorize_url, scopes } = JSON.parse(stdout);
    assert.deepEqual(scopes, ["user.info.basic", "video.upload"]);
    const back = await world.tiktok.consent({ authorize_url, account: world.takeAccount() });
    const completed = await ada.complete(back.searchParams);
    assert.equal(completed.status, 200, JSON.stringify(completed.body));
  });

  await t.step(
    "initiate: the URL alone on the first line; Nexus's refusals as they are",
    async () => {
      const operator = await Operator.with(world, 0);
      const { stdout } = await operator.run("initiate");
      assert.ok(URL.canParse(stdout.split("\n")[0] ?? ""), stdout);
      const { code, document } = await operator.json("initiate", "--scopes", "mail");
      assert.equal(code, 1);
      assert.equal(document.error.code, "invalid_request");
      assert.match(document.error.request_id, /^[0-9a-f-]{36}$/);
    },
  );

  await t.step(
    "post: the file is at TikTok to the byte, and --wait sees it published",
    async () => {
      const operator = await Operator.with(world, 1);
      const video = await Deno.makeTempFile({ suffix: ".mp4" });
      try {
        const sha256 = await writeVideo(video, 12_000_000);
        const child = startProcess(
          ["post", "--video", video, "--caption", "Hi", "--privacy", "SELF_ONLY", "--wait"],
          operator.env,
        );
        // Nobody reads stderr from there on, which is no reason to fail.
        const id = await readUntil(child.stderr, /job ([0-9a-f-]{36}): /);
        // The schedule does not run by itself here: each tick is the test's.
        await operator.person.settle(id);
        const { code } = await child.status;
        const shown = await new Response(child.stdout).text();
        assert.equal(code, 0, shown);
        assert.match(shown, /^status {6}published$/m);
        assert.match(shown, /^sent {8}12000000 of 12000000 bytes$/m);
        assert.deepEqual(world.tiktok.state.posts.map((post) => post.sha256), [sha256]);
        assert.equal((await operator.json("status", "--id", id)).document.job.status, "published");
      } finally {
        await Deno.remove(video);
      }
    },
  );

  await t.step(
    "post --url: TikTok fetches it; a status that is bad is shown, and --wait fails",
    async () => {
      const operator = await Operator.with(world, 1);
      const post = (name: string, ...more: string[]) =>
        operator.json(
          "post",
          "--url",
          CDN + name,
          "--caption",
          "",
          "--privacy",
          "SELF_ONLY",
          ...more,
        );
      const good = await post("a.mp4");
      assert.equal(good.code, 0);
      assert.equal((await operator.person.settle(good.document.job.id)).status, "published");

      const bad = await post("missing.mp4");
      const { id } = bad.document.job;
      assert.equal((await operator.person.settle(id)).status, "failed");
      const shown = await operator.run("status", "--id", id);
      assert.equal(shown.code, 0, "the status was read");
      assert.match(shown.stdout, /^status {6}failed$/m);
      assert.match(shown.stdout, /^error {7}\S/m);
      const waited = await operator.json("status", "--id", id, "--wait");
      assert.equal(waited.code, 1, "the post did not go well");
      assert.deepEqual([waited.document.ok, waited.document.job.status], [false, "failed"]);

      const later = await post("a.mp4", "--schedule", "2099-01-01T10:00:00+01:00");
      assert.equal(later.document.job.status, "queued");
      assert.equal(later.document.job.scheduled_at, "2099-01-01T09:00:00.000Z");
    },
  );

  await t.step("upload: a draft; without --wait the command ends once Nexus has it", async () => {
    const operator = await Operator.with(world, 1);
    const { code, document } = await operator.json("upload", "--video", clip);
    assert.equal(code, 0);
    assert.equal(document.job.connection_id, operator.connections[0]);
    assert.equal((await operator.person.settle(document.job.id)).status, "sent_to_inbox");
    // What has ended already needs no waiting.
    assert.equal((await operator.run("status", "--id", document.job.id, "--wait")).code, 0);
  });

  await t.step("post: what Nexus refuses is told, and leaves nothing in Storage", async () => {
    const operator = await Operator.with(world, 1);
    const post = ["post", "--video", clip, "--caption", "x", "--privacy", "NOT_OFFERED"];
    const { code, stderr } = await operator.run(...post);
    assert.equal(code, 1);
    assert.match(stderr, /The media cannot be posted \(422 media_rejected\)/);
    assert.match(stderr, /- --privacy: Choose what the account offers/);
    assert.match(stderr, /request_id [0-9a-f-]{36}/);
    assert.equal(await operator.storedVideos(), 0);
  });

  await t.step("upload: what no profile takes is refused before a byte is sent", async () => {
    const operator = await Operator.with(world, 1);
    const before = world.host.logs.length;
    const { code, document } = await operator.json("upload", "--video", unfit_clip);
    assert.equal(code, 1);
    assert.equal(document.error.code, "media_rejected");
    assert.ok(document.checks.length > 0);
    assert.deepEqual(world.host.logs.slice(before), []);
  });

  await t.step("a post needs an account, and among several is told which", async () => {
    const operator = await Operator.with(world, 0);
    const upload = ["upload", "--video", clip];
    const none = await operator.json(...upload);
    assert.equal(none.code, 1);
    assert.equal(none.document.error.code, "not_found");

    await operator.connect();
    await operator.connect();
    const many = await operator.json(...upload);
    assert.equal(many.code, 2);
    const listed = many.document.connections.map(({ id }: { id: string }) => id);
    assert.deepEqual(listed.sort(), operator.connections.toSorted());
    assert.equal(
      await operator.storedVideos(),
      0,
      "nothing is uploaded before it is known for whom",
    );

    const second = operator.connections[1] ?? "";
    const { code, document } = await operator.json(...upload, "--connection", second);
    assert.equal(code, 0);
    assert.equal(document.job.connection_id, second);

    const stranger = await Operator.with(world, 0);
    const foreign = await stranger.json("status", "--id", document.job.id);
    assert.equal(foreign.code, 1);
    assert.equal(foreign.document.error.code, "not_found");
  });

  await t.step("connections: each with what it may do, or the way to one", async () => {
    const operator = await Operator.with(world, 0);
    assert.match(
      (await operator.run("connections")).stdout,
      /No account is connected: see initiate/,
    );
    const connection = await operator.person.connect();
    const { code, document } = await operator.json("connections");
    assert.equal(code, 0);
    assert.deepEqual(document.connections, [connection]);
    const { stdout } = await operator.run("connections");
    assert.match(stdout, new RegExp(`^connection  ${connection.id}$`, "m"));
    assert.match(stdout, /^may +direct_post, draft, profile_stats, video_stats$/m);
  });

  await t.step(
    "analytics: figures of the only account, with the rules of the function",
    async () => {
      const operator = await Operator.with(world, 1);
      const { code, document } = await operator.json("analytics", "--days", "7");
      assert.equal(code, 0, JSON.stringify(document));
      assert.deepEqual([document.connection_id, document.days], [operator.connections[0], 7]);
      assert.deepEqual(document.missing_scopes, []);
      const { stdout } = await operator.run("analytics");
      assert.match(stdout, /^followers +\d/m);
      const wrong = await operator.run("analytics", "--days", "366");
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, /--days: must be a whole number, 1 to 365/);
    },
  );

  await t.step("cancel: a post for later; what is cancelled is not cancelled again", async () => {
    const operator = await Operator.with(world, 1);
    const post = ["post", "--video", clip, "--caption", "x", "--privacy", "self_only"];
    const { document } = await operator.json(...post, "--schedule", "2099-01-01T10:00:00Z");
    const { id } = document.job;
    const cancelled = await operator.run("cancel", "--id", id);
    assert.equal(cancelled.code, 0);
    assert.match(cancelled.stdout, /^status {6}cancelled$/m);
    const again = await operator.json("cancel", "--id", id);
    assert.deepEqual([again.code, again.document.error.code], [1, "not_cancellable"]);
  });

  await t.step("disconnect: the grant is revoked, and the account is listed no more", async () => {
    const operator = await Operator.with(world, 1);
    const [id = ""] = operator.connections;
    const { code, document } = await operator.json("disconnect", "--connection", id);
    assert.equal(code, 0);
    assert.deepEqual([document.connection.id, document.connection.status], [id, "disconnected"]);
    assert.deepEqual((await operator.json("connections")).document.connections, []);
    const stranger = await Operator.with(world, 0);
    const foreign = await stranger.json("disconnect", "--connection", id);
    assert.deepEqual([foreign.code, foreign.document.error.code], [1, "not_found"]);
  });

  await t.step("a wrong password is refused", async () => {
    const env = {
      NEXUS_URL: world.host.url,
      NEXUS_EMAIL: "ada@example.com",
      NEXUS_PASSWORD: "not-it",
    };
    const { code, stderr } = await runProcess(["initiate"], env);
    assert.equal(code, 1);
    assert.match(stderr, /Sign-in refused/);
    assert.doesNotMatch(stderr, /not-it/);
  });

  await t.step("a project, chosen by SUPABASE_URL, takes the same commands", async () => {
    const { url, keys, users: [user] } = world.host;
    const env = {
      SUPABASE_URL: url,
      SUPABASE_PUBLISHABLE_KEY: keys.publishable,
      NEXUS_EMAIL: user?.email ?? "",
      NEXUS_PASSWORD: user?.password ?? "",
    };
    assert.equal((await runProcess(["upload", "--video", clip], env)).code, 0);
    const keyless = await runProcess(["refresh"], env);
    assert.equal(keyless.code, 2);
    assert.match(keyless.stderr, /SUPABASE_CRON_KEY/);
    assert.equal((await runProcess(["refresh"], { ...env, SUPABASE_CRON_KEY: keys.cron })).code, 0);
    const wrong = await runProcess(["refresh"], { ...env, SUPABASE_CRON_KEY: keys.publishable });
    assert.equal(wrong.code, 1);
  });

  await t.step("refresh: renews what is due, and tells how much that was", async () => {
    const operator = await Operator.with(world, 1);
    await world.skip(2 * 60 * 60);
    const { code, document } = await operator.json("refresh", "--limit", "100");
    assert.equal(code, 0);
    assert.ok(document.claimed >= 1);
    assert.equal(document.refreshed, document.claimed);
    assert.match((await operator.run("refresh")).stdout, /^claimed +0$/m);
  });

  await t.step("no command has ever shown a secret", () => {
    const text = Operator.said.join("\n");
    assert.ok(text.length > 1_000, "there is something to look at");
    assert.doesNotMatch(text, /sb_secret_|sb_publishable_|eyJ|-demo-password|\b(act|rft)\./);
  });
});

Deno.test("nobody at home: exit 3, with what to do", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { code, stderr } = await runProcess(["refresh"], { NEXUS_URL: `http://127.0.0.1:${port}` });
  assert.equal(code, 3);
  assert.match(stderr, /deno task start/);
});

Deno.test("`deno task tiktok` is this command", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "task",
      "tiktok",
      "post",
      "--video",
      clip,
      "--caption",
      "two words",
      "--privacy",
      "SELF_ONLY",
    ]
      .concat("--dry-run", "--json"),
    cwd: repositoryPath(""),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout } = await ended(child);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).command, "post");
});

/** The first group of the first match; reads on to the end in the background. */
async function readUntil(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the command ended without it: ${text}`);
    text += value;
    const found = pattern.exec(text)?.[1];
    if (found === undefined) continue;
    await reader.cancel();
    return found;
  }
}
