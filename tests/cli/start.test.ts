/** `deno task start`: a port that was named is that port, or an error that says what to do. */

import assert from "node:assert/strict";
import { repositoryPath } from "../../local/host/index.ts";
import { bareEnvironment } from "../support/shell.ts";

/** Ends by itself only where the host does not start. */
async function start(PORT: string): Promise<{ code: number; stdout: string }> {
  const data_dir = await Deno.makeTempDir();
  try {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", repositoryPath("local/start.ts")],
      clearEnv: true,
      env: { ...bareEnvironment(), PORT, NEXUS_DATA_DIR: data_dir },
      signal: AbortSignal.timeout(30_000),
      stdout: "piped",
      stderr: "piped",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout) };
  } finally {
    await Deno.remove(data_dir, { recursive: true });
  }
}

Deno.test("a named port that is taken is an error, and no other port is taken instead", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const { code, stdout } = await start(String(port));
  assert.equal(code, 1, stdout);
  assert.match(stdout, new RegExp(`PORT ${port} is taken\\. .*set PORT to another.*or unset it`));
  assert.doesNotMatch(stdout, /^ready /m);
});

for (const port of ["70000", "-1", "http", "1e3"]) {
  Deno.test(`a port that is none: ${port}`, async () => {
    const { code, stdout } = await start(port);
    assert.equal(code, 1);
    assert.match(stdout, /PORT is not a port: .*1 to 65535/);
  });
}
