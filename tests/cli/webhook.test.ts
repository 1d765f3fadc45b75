/** A webhook by hand, as docs/command-line.md has it, against `deno task start`. */

import assert from "node:assert/strict";
import { repositoryPath } from "../../local/host/index.ts";
import { readPages } from "../docs/markdown.ts";
import { bareEnvironment, openShell } from "../support/shell.ts";

async function readUrl(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let printed = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    const url = /^ready (.+)$/m.exec(printed)?.[1];
    if (url !== undefined) return url;
  }
  assert.fail(`the host ended before it was ready:\n${printed}`);
}

Deno.test("the page's webhook is taken, and with a bad signature refused", async () => {
  const page = (await readPages()).find(({ path }) => path === "docs/command-line.md");
  const block = page?.blocks.find(({ text }) => text.includes("tiktok-webhook"));
  assert.ok(block, "the page shows how");
  const data_dir = await Deno.makeTempDir();
  await using shell = await openShell({ ignored: "not needed" });
  const host = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", repositoryPath("local/start.ts")],
    clearEnv: true,
    env: { ...bareEnvironment(), PORT: "0", NEXUS_DATA_DIR: data_dir },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const url = await readUrl(host.stdout);
    const script = block.text
      .replaceAll(".data/host.json", `${data_dir}/host.json`)
      .replaceAll("http://127.0.0.1:54321", url);
    const { code, text } = await shell.run(script, {});
    assert.equal(code, 0, text);
    const [taken, refused] = text.trim().split("\n");
    assert.equal(taken, "{} 200");
    assert.match(refused ?? "", /"unauthorized".* 401$/);
  } finally {
    host.kill("SIGINT");
    await host.status;
    await Deno.remove(data_dir, { recursive: true });
  }
});
