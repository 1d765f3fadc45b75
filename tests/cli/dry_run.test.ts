import assert from "node:assert/strict";
import { clip_path, writeVideo } from "../functions/support/media.ts";
import { run, runProcess, unfit_clip } from "./support.ts";

/** As strict as it gets: no network, nothing written, no other program; an emptied environment. */
const OFFLINE = ["--cached-only", "--allow-env", "--allow-read", "--deny-net", "--deny-write"];

async function rehearse(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runProcess([...args, "--dry-run", "--json"], env, OFFLINE);
  assert.equal(stderr, "");
  return { code, document: JSON.parse(stdout) };
}

const POST = ["post", "--caption", "Hello #nexus", "--privacy", "SELF_ONLY"];

const failedChecks = (document: { checks: { name: string; ok: boolean; severity: string }[] }) =>
  document.checks.filter(({ ok }) => !ok).map(({ name, severity }) => `${name} ${severity}`);

Deno.test("initiate: offline, with placeholders for what is not set", async () => {
  const { code, document } = await rehearse(["initiate"]);
  assert.equal(code, 0);
  const url = new URL(document.authorization_url);
  assert.equal(url.origin + url.pathname, "https://www.tiktok.com/v2/auth/authorize/");
  assert.equal(url.searchParams.get("client_key"), "YOUR_CLIENT_KEY");
  assert.equal(url.searchParams.get("state"), document.state);
  assert.match(document.state, /^[\w-]{43}$/);
  assert.equal(document.dry_run, true);
  assert.deepEqual(document.placeholders, ["TIKTOK_CLIENT_KEY", "TIKTOK_REDIRECT_URI"]);
  assert.equal(document.scopes.length, 6);
});

Deno.test("initiate: with the app's own settings, an alias and a challenge", async () => {
  const { code, document } = await rehearse(
    ["initiate", "--scopes", "video.query,video.upload", "--redirect-to", "https://n.example/c"],
    {
      TIKTOK_CLIENT_KEY: "awkey",
      TIKTOK_CLIENT_SECRET: "the-client-secret",
      TIKTOK_REDIRECT_URI: "https://n.example/back",
      TIKTOK_AUTHORIZE_URL: "https://tiktok.example/authorize",
      TIKTOK_PKCE: "hex",
      NEXUS_REDIRECT_URLS: "https://n.example/a,https://n.example/c",
    },
  );
  assert.equal(code, 0);
  const url = new URL(document.authorization_url);
  assert.equal(url.host, "tiktok.example");
  assert.equal(url.searchParams.get("client_key"), "awkey");
  assert.equal(url.searchParams.get("redirect_uri"), "https://n.example/back");
  assert.equal(url.searchParams.get("scope"), "user.info.basic,video.list,video.upload");
  assert.match(url.searchParams.get("code_challenge") ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(document.placeholders, []);
  assert.equal(document.redirect_to, "https://n.example/c");
  assert.doesNotMatch(JSON.stringify(document), /the-client-secret/);
});

Deno.test("initiate: an unknown scope is refused", async () => {
  const { code, document } = await rehearse(["initiate", "--scopes", "video.list,mail"]);
  assert.equal(code, 1);
  assert.equal(document.error.code, "invalid_request");
  assert.deepEqual(document.error.errors, [{ path: "scopes", message: "mail is not a scope" }]);
});

Deno.test("initiate: a page that is not one of Nexus's is refused", async () => {
  const pages = { NEXUS_REDIRECT_URLS: "https://n.example/a" };
  const { code, document } = await rehearse(
    ["initiate", "--redirect-to", "https://evil.example/"],
    pages,
  );
  assert.equal(code, 1);
  assert.equal(document.error.errors[0].path, "redirect_to");
  // With nothing to compare it with, its form is looked at all the same.
  assert.equal((await rehearse(["initiate", "--redirect-to", "https://n.example/?a=1"])).code, 1);
});

Deno.test("initiate: a malformed setting is named, its value is not", async () => {
  const { code, stderr } = await run(["initiate", "--dry-run"], {
    TIKTOK_REDIRECT_URI: "http://n.example/back",
  });
  assert.equal(code, 2);
  assert.match(stderr, /TIKTOK_REDIRECT_URI: must be https/);
  assert.doesNotMatch(stderr, /n\.example/);
});

Deno.test("a setting that has a few values says which", async () => {
  const { code, stderr } = await run(["initiate", "--dry-run"], { TIKTOK_PKCE: "S256" });
  assert.equal(code, 2);
  assert.match(stderr, /TIKTOK_PKCE: must be none or hex$/m);
});

Deno.test("post: a fit file passes every check, offline", async () => {
  const { code, document } = await rehearse([...POST, "--video", clip_path, "--allow-comment"]);
  assert.equal(code, 0);
  assert.equal(document.ok, true);
  assert.deepEqual(failedChecks(document), []);
  const names = document.checks.map(({ name }: { name: string }) => name);
  for (const name of ["privacy_level", "caption", "codec", "duration", "size", "size_android"]) {
    assert.ok(names.includes(name), `${name} is not checked`);
  }
  assert.equal(document.file.path, clip_path);
  assert.deepEqual([document.file.container, document.file.codec], ["mp4", "avc"]);
  const { size } = await Deno.stat(clip_path);
  assert.deepEqual(document.transfer, { method: "whole", size_bytes: size });
});

Deno.test("upload: an unfit file fails, each rule told by name and option", async () => {
  const { code, stdout } = await runProcess(
    ["upload", "--video", unfit_clip, "--dry-run"],
    {},
    OFFLINE,
  );
  assert.equal(code, 1);
  for (const rule of ["duration", "resolution", "aspect_ratio", "frame_rate"]) {
    assert.match(stdout, new RegExp(`^  error   ${rule}, --video: The `, "m"));
  }
  assert.match(stdout, /^ {2}ok {6}codec$/m);
  assert.match(stdout, /This would be refused\.\n$/);
});

Deno.test("upload: the wider profile takes what the narrower does not", async () => {
  const args = ["upload", "--video", unfit_clip];
  const { document } = await rehearse(args, { MEDIA_PROFILE: "tiktok" });
  assert.deepEqual(failedChecks(document), ["resolution error", "frame_rate error"]);
  assert.equal(document.media_profile, "tiktok");
});

Deno.test("upload: a large file goes in chunks, and the apps' limits are advice", async () => {
  const path = await Deno.makeTempFile({ suffix: ".mp4" });
  try {
    await writeVideo(path, 75_000_000);
    const { code, document } = await rehearse(["upload", "--video", path]);
    assert.equal(code, 0, "advice is no error");
    assert.deepEqual(failedChecks(document), ["size_android advice"]);
    assert.deepEqual(document.transfer, {
      method: "chunks",
      size_bytes: 75_000_000,
      chunk_count: 7,
      chunk_bytes: 10_000_000,
      last_chunk_bytes: 15_000_000,
    });
  } finally {
    await Deno.remove(path);
  }
});

const NO_VIDEOS: Record<string, [make: (path: string) => Promise<void>, check: string]> = {
  "is not there": [(path) => Deno.remove(path), "source error"],
  "is a folder": [async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(path);
  }, "source error"],
  "is empty": [() => Promise.resolve(), "size error"],
  "is a text": [(path) => Deno.writeTextFile(path, "no video\n".repeat(100)), "container error"],
};
for (const [name, [make, check]] of Object.entries(NO_VIDEOS)) {
  Deno.test(`upload: a file that ${name} fails`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/a.mp4`;
      await Deno.writeFile(path, new Uint8Array());
      await make(path);
      const { code, stdout } = await run(["upload", "--video", path, "--dry-run", "--json"]);
      assert.equal(code, 1);
      const document = JSON.parse(stdout);
      assert.deepEqual(failedChecks(document), [check]);
      assert.equal(document.transfer, null);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

const FORMS: Record<string, [args: string[], checks: string[]]> = {
  "a caption that is too long": [
    ["--video", clip_path, "--caption", "x".repeat(2201), "--privacy", "SELF_ONLY"],
    ["caption error"],
  ],
  "a privacy level that TikTok does not know": [
    ["--video", clip_path, "--caption", "", "--privacy", "ONLY_ME"],
    ["privacy_level error"],
  ],
  "branded content that nobody could see": [
    ["--video", clip_path, "--caption", "", "--privacy", "SELF_ONLY", "--brand-content"],
    ["branded_content error"],
  ],
  "a URL that is not https": [
    ["--url", "http://cdn.example/a.mp4", "--caption", "", "--privacy", "SELF_ONLY"],
    ["url error"],
  ],
  "a URL of a private address": [
    ["--url", "https://10.0.0.1/v.mp4", "--caption", "", "--privacy", "SELF_ONLY"],
    ["source error"],
  ],
  "a URL of a cloud's metadata service, as a number": [
    ["--url", "https://2852039166/v.mp4", "--caption", "", "--privacy", "SELF_ONLY"],
    ["source error"],
  ],
  "a URL of this machine, by name": [
    ["--url", "https://localhost/v.mp4", "--caption", "", "--privacy", "SELF_ONLY"],
    ["source error"],
  ],
  "a cover that is the last frame": [
    [
      ...["--video", clip_path, "--caption", "", "--privacy", "SELF_ONLY"],
      ...["--cover-ms", "15000"],
    ],
    [],
  ],
  "a cover after the video's end": [
    [
      ...["--video", clip_path, "--caption", "", "--privacy", "SELF_ONLY"],
      ...["--cover-ms", "3600000"],
    ],
    ["cover error"],
  ],
  "a relayed URL that is not public": [
    [
      "--url",
      "https://[::1]/a.mp4",
      "--transfer",
      "relay",
      "--caption",
      "",
      "--privacy",
      "SELF_ONLY",
    ],
    ["url error"],
  ],
  "a URL that TikTok can fetch": [
    ["--url", "https://cdn.example/a.mp4", "--caption", "", "--privacy", "SELF_ONLY"],
    [],
  ],
};
for (const [name, [args, checks]] of Object.entries(FORMS)) {
  Deno.test(`post: ${name}`, async () => {
    const { code, stdout } = await run(["post", ...args, "--dry-run", "--json"]);
    assert.deepEqual(failedChecks(JSON.parse(stdout)), checks);
    assert.equal(code, checks.length === 0 ? 0 : 1);
  });
}
