import assert from "node:assert/strict";
import { startTestHost } from "./support.ts";

const start_script = new URL("../../local/start.ts", import.meta.url);

/** `deno task start` as a process of its own, up to its line `ready <url>`. */
async function startProcess(data_dir: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", start_script.pathname],
    env: { NEXUS_DATA_DIR: data_dir, PORT: "0", DATABASE_URL: "", TIKTOK_API_URL: "" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  const decoder = new TextDecoder();
  const reader = child.stdout.getReader();
  while (!/^ready .+\n/m.test(printed)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the host ended before it was ready:\n${printed}`);
    printed += decoder.decode(value);
  }
  const url = /^ready (.+)$/m.exec(printed)?.[1] ?? "";
  return { child, url, printed, reader };
}

Deno.test("deno task start", async (t) => {
  const data_dir = await Deno.makeTempDir();
  const first = await startProcess(data_dir);
  const config = await (await fetch(`${first.url}/dev/config`)).json();

  await t.step("it says what it is and where everything is", () => {
    assert.match(first.printed, /For development only/);
    assert.match(first.printed, /ada@example\.com \/ ada-demo-password/);
    assert.ok(first.printed.trimEnd().endsWith(`ready ${first.url}`));
  });
  await t.step("a second host on the same folder is refused", async () => {
    await assert.rejects(startTestHost({ data_dir }), /another host is running/);
  });
  await t.step("killed at any moment, it goes on with what was committed", async () => {
    const headers = { apikey: config.keys.publishable, "content-type": "application/json" };
    const sign_up = await fetch(`${first.url}/auth/v1/signup`, {
      method: "POST",
      headers,
      body: JSON.stringify({ email: "kept@example.com", password: "kept-password" }),
    });
    assert.equal(sign_up.status, 200);
    const { refresh_token } = await sign_up.json();
    // A request is under way at the moment of the kill.
    const cut_off = fetch(`${first.url}/auth/v1/signup`, { method: "POST", headers, body: "{}" })
      .then((answer) => answer.body?.cancel(), () => undefined);
    first.child.kill("SIGKILL");
    await first.child.status;
    await first.reader.cancel();
    await cut_off;

    const second = await startProcess(data_dir);
    const again = await (await fetch(`${second.url}/dev/config`)).json();
    assert.deepEqual(again.keys, config.keys);
    assert.equal(again.tiktok_origin, config.tiktok_origin, "stored upload addresses stay good");
    const refreshed = await fetch(`${second.url}/auth/v1/token?grant_type=refresh_token`, {
      method: "POST",
      headers,
      body: JSON.stringify({ refresh_token }),
    });
    assert.equal((await refreshed.json()).user.email, "kept@example.com");

    second.child.kill("SIGINT");
    assert.equal((await second.child.status).code, 0, "Ctrl-C ends it cleanly");
    await second.reader.cancel();
  });
  await Deno.remove(data_dir, { recursive: true });
});
