import assert from "node:assert/strict";
import { readTikTokState } from "../../local/tiktok/index.ts";
import { put, randomBytes, startBench, whole } from "./harness.ts";

async function withFolder(test: (data_dir: string) => Promise<void>): Promise<void> {
  const data_dir = await Deno.makeTempDir();
  await test(data_dir);
  await Deno.remove(data_dir, { recursive: true });
}

Deno.test("whatever was answered is in the journal by then", () =>
  withFolder(async (data_dir) => {
    await using bench = await startBench({ data_dir });
    const check = (what: string) => {
      const { accounts, publishes, posts, uploads, events, issuedSecrets } = bench.tiktok.state;
      const kept = readTikTokState(data_dir);
      assert.deepEqual(kept.issuedSecrets(), issuedSecrets(), what);
      assert.deepEqual(
        [kept.accounts, kept.publishes, kept.posts, kept.uploads, kept.events],
        [accounts, publishes, posts, uploads, events],
        what,
      );
    };
    const code = await bench.code();
    check("code");
    const { body } = await bench.exchange(code);
    check("exchange");
    const token = String(body.access_token);
    const { upload_url, publish_id } = await bench.init(token, whole(10));
    check("init");
    await put(upload_url, randomBytes(10), 0, 9);
    check("refused put");
    await put(upload_url, randomBytes(10), 0, 10);
    check("put");
    await bench.status(token, publish_id);
    check("status");
    await bench.refresh(String(body.refresh_token));
    check("refresh");
    await bench.form("/v2/oauth/revoke/", { token });
    check("revoke");
    bench.tiktok.users.update(String(body.open_id), { follower_count: 1 });
    check("update");
  }));

Deno.test("a torn last line is a commit that never was", () =>
  withFolder(async (data_dir) => {
    {
      await using bench = await startBench({ data_dir });
      await bench.connect();
    }
    const before = readTikTokState(data_dir).issuedSecrets();
    await Deno.writeTextFile(`${data_dir}/journal.jsonl`, `[["tokens","act.x",{"to`, {
      append: true,
    });
    await using bench = await startBench({ data_dir });
    assert.deepEqual(bench.tiktok.state.issuedSecrets(), before);
    const { access_token } = await bench.connect();
    assert.ok(readTikTokState(data_dir).issuedSecrets().includes(access_token));
  }));

Deno.test("accounts as they were changed outlive a restart", () =>
  withFolder(async (data_dir) => {
    {
      await using bench = await startBench({ data_dir });
      const { open_id } = bench.tiktok.state.accounts[0]!;
      bench.tiktok.users.update(open_id, { visibility: "private" });
    }
    await using bench = await startBench({ data_dir });
    assert.equal(bench.tiktok.state.accounts[0]?.visibility, "private");
    assert.equal(bench.tiktok.state.accounts.length, 3);
  }));

Deno.test("a download that was cut short by the end is made again", () =>
  withFolder(async (data_dir) => {
    const verified_url_prefixes = ["media.example.com"];
    {
      const waiting: typeof fetch = (_input, init) =>
        new Promise((_resolve, reject) =>
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))
        );
      await using bench = await startBench({ data_dir, verified_url_prefixes, fetch: waiting });
      const { access_token } = await bench.connect();
      const video_url = "https://media.example.com/a.mp4";
      await bench.init(access_token, { source: "PULL_FROM_URL", video_url });
    }
    assert.equal(readTikTokState(data_dir).publishes[0]?.status, "downloading");
    const fetcher: typeof fetch = () => Promise.resolve(new Response("a video"));
    await using bench = await startBench({ data_dir, verified_url_prefixes, fetch: fetcher });
    await bench.tiktok.pullsDone();
    assert.equal(readTikTokState(data_dir).posts.length, 1);
  }));
