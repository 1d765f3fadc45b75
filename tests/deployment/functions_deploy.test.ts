/** `supabase functions deploy` with the real CLI: what it sends is what runs. */

import assert from "node:assert/strict";
import { listFunctions } from "../../local/doctor/expected.ts";
import { repositoryPath } from "../../local/host/index.ts";
import { findSupabaseCli } from "../database/supabase_cli.ts";
import { type Deployed, ManagementApi } from "./management_api.ts";

const cli = await findSupabaseCli();

Deno.test({
  name: "ignored" in cli
    ? `supabase functions deploy (${cli.ignored})`
    : "supabase functions deploy sends every function whole, by supabase/config.toml",
  ignore: "ignored" in cli,
  async fn(t) {
    if ("ignored" in cli) return;
    await using api = await ManagementApi.start();
    const { code, stderr } = await new Deno.Command(cli.path, {
      args: ["functions", "deploy", "--use-api", `--remote=${api.project_ref}`, "--yes"],
      cwd: repositoryPath(""),
      env: { ...api.env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual([...api.deployed.keys()].sort(), await listFunctions());

    for (const [slug, deployed] of api.deployed) {
      await t.step(slug, async () => {
        assert.deepEqual(deployed.metadata, {
          name: slug,
          entrypoint_path: `supabase/functions/${slug}/index.ts`,
          import_map_path: "import_map.json",
          verify_jwt: false,
          static_patterns: [],
        });
        assert.deepEqual(await modulesLeftBehind(deployed), []);
      });
    }

    await t.step("a file that is loaded later and was not sent would be found", async () => {
      const deployed = api.deployed.get("tiktok-publish") ?? assert.fail();
      assert.ok(deployed.files.delete("supabase/functions/_shared/media/inspect.ts"));
      assert.match((await modulesLeftBehind(deployed)).join(), /media\/inspect\.ts$/);
    });
  },
});

/** What the sent files import and was not sent with them, what is loaded later included. */
async function modulesLeftBehind({ metadata, files }: Deployed): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, bytes] of files) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${folder}/${path}`, bytes);
    }
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "info",
        "--json",
        "--no-config",
        `--import-map=${folder}/${metadata.import_map_path}`,
        `${folder}/${metadata.entrypoint_path}`,
      ],
      cwd: folder,
      stdout: "piped",
      stderr: "null",
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
      modules: { specifier: string; error?: string }[];
    };
    assert.ok(modules.length > 20, "there is something to look at");
    return modules.filter(({ error }) => error !== undefined).map(({ specifier }) => specifier);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
