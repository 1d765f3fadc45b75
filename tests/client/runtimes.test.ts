/** The client at work in the three runtimes: Deno has its source, the others the package as npm packs it. */

import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { build, stop } from "esbuild";
import { fileURLToPath } from "node:url";
import * as tiktok from "../../client/src/index.ts";
import { clip_path, readClip } from "../functions/support/media.ts";
import { launchBrowser, whyNoBrowser } from "../support/browser.ts";
import { advanceAll, Desk, deskAt } from "./support/desk.ts";
import { App, whyNoApp } from "./support/install.ts";
import { connectAccount, useConnection } from "./support/scenario.js";
import { usePage } from "./support/use_page.ts";
import { CONSUMER, pageSnippet, runnableSnippet, typedSnippets } from "./support/snippets.ts";

const here = (name: string) => fileURLToPath(new URL(`support/${name}`, import.meta.url));

type Used = Awaited<ReturnType<typeof useConnection>>;

function assertUsed(connection: unknown, { listed, progress_steps, ...used }: Used): void {
  assert.deepEqual(listed, [connection]);
  assert.ok(progress_steps >= 2);
  assert.deepEqual(used, {
    direct_post: true,
    can_post: true,
    progress: { first: 0, last: 1, rises: true },
    first_status: "queued",
    last_status: "published",
    same_job: true,
    bytes_sent: true,
    refusal: {
      is_ours: true,
      code: "not_cancellable",
      status: 409,
      paths: [],
      has_request_id: true,
    },
    mistake: {
      is_ours: true,
      code: "media_rejected",
      status: 422,
      paths: ["media.source.path"],
      has_request_id: true,
    },
    ended: "disconnected",
  });
}

/** What the scenario is given in this process. */
async function givenTo(desk: Desk) {
  const { url, keys } = desk.world.host;
  return {
    tiktok,
    supabase: createClient(url, keys.publishable, {
      auth: { autoRefreshToken: false, persistSession: false },
    }),
    clip: new Blob([await readClip()], { type: "video/mp4" }),
    desk: deskAt(desk.url),
  };
}

Deno.test("the client in Deno", async () => {
  await using desk = await Desk.open();
  const given = await givenTo(desk);
  const connection = await connectAccount(given, desk.account);
  assertUsed(connection, await useConnection(given, connection));
});

const no_app = await whyNoApp();
const no_browser = no_app ?? await whyNoBrowser();
const because = (reason: string | null) => reason === null ? "" : ` (${reason})`;

Deno.test({
  name: `the client, installed${because(no_app)}`,
  ignore: no_app !== null,
  fn: async (t) => {
    await using app = await App.install();
    for (const name of ["scenario.js", "node_app.js", "page_app.js"]) {
      await Deno.copyFile(here(name), `${app.folder}/${name}`);
    }

    await t.step("the package holds what it must, and no more", () => {
      const { files, size_bytes } = app.packed;
      const modules = files.filter((name) => /^\w+(\.d\.ts|\.js)$/.test(name));
      const others = files.filter((name) => !modules.includes(name)).sort();
      assert.deepEqual(others, ["LICENSE", "README.md", "package.json"]);
      assert.ok(["index.js", "index.d.ts", "types.d.ts"].every((name) => modules.includes(name)));
      assert.ok(size_bytes < 30_000, `${size_bytes} bytes`);
    });

    for (const resolution of ["nodenext", "bundler"]) {
      await t.step(
        `TypeScript understands it, and the pages' examples: ${resolution}`,
        async () => {
          const names = await writeModules(app, [
            { name: "consumer", text: CONSUMER },
            ...await typedSnippets(),
          ]);
          const module = resolution === "bundler" ? "esnext" : resolution;
          const flags = [
            "--strict",
            "--noEmit",
            "--skipLibCheck",
            "--target",
            "es2022",
            "--lib",
            "es2024,dom",
          ];
          const modules = ["--module", module, "--moduleResolution", resolution];
          await app.node(["node_modules/typescript/bin/tsc", ...flags, ...modules, ...names]);
        },
      );
    }

    await using desk = await Desk.open();
    const { url, keys } = desk.world.host;

    await t.step("README.md's example publishes", async () => {
      await Deno.writeTextFile(`${app.folder}/readme.mjs`, await runnableSnippet());
      const { account } = desk;
      await connectAccount(await givenTo(desk), account);
      const settings = { url, publishable_key: keys.publishable, user: account, clip_path };
      const ran = app.node(["readme.mjs", JSON.stringify(settings)]);
      const said = await advanceAll(desk.world, ran);
      // How far it is by the first look depends on who is faster.
      assert.match(said, /^0\n1\n((queued|uploading|processing)\n)*published\n$/);
    });

    await t.step("in Node 22", async () => {
      const settings = {
        url,
        key: keys.publishable,
        desk_url: desk.url,
        account: desk.account,
        clip_path,
      };
      const told = await app.node(["node_app.js", JSON.stringify(settings)]);
      const { node, connection, used, lingered_ms } = JSON.parse(told);
      assert.match(node, /^22\./);
      assertUsed(connection, used);
      assert.ok(lingered_ms < 2_500, `ends ${lingered_ms} ms after its last word`);
    });

    await t.step({
      name: `in Chromium${because(no_browser)}`,
      ignore: no_browser !== null,
      fn: async (t) => {
        await servePage(desk, app, "page_app.js");
        const browser = await launchBrowser();
        try {
          const page = await browser.newPage();
          await page.goto(`${desk.url}/connections`);
          const evaluate = <Result>(code: string) => page.evaluate<Result>(code);
          const connect = async (decision: "continue" | "cancel") => {
            await evaluate("client.connect({ navigate: true })");
            await page.locator(`button[value=${decision}]`).click();
            await page.waitForURL(`${desk.url}/connections*`);
            return await evaluate<Record<string, unknown>[]>("completed()");
          };

          await t.step("an address with nothing of TikTok's completes nothing", async () => {
            const nothing = [{ connection: null }, { connection: null }];
            assert.deepEqual(await evaluate("completed()"), nothing);
          });
          await t.step("a refusal is told, and the user stays signed in", async () => {
            await evaluate(`supabase.auth.signUp(${JSON.stringify(desk.account)})`);
            const refused = [{ code: "access_denied" }, { code: "access_denied" }];
            assert.deepEqual(await connect("cancel"), refused);
            assert.equal(page.url(), `${desk.url}/connections`);
            assert.ok(await evaluate("supabase.auth.getSession().then((it) => it.data.session)"));
          });
          await t.step("a connection is completed once, and the address is clean", async () => {
            const [first, second] = await connect("continue");
            assert.deepEqual(first, second);
            assert.equal(page.url(), `${desk.url}/connections`);
            const used = await evaluate<Used>(`use(${JSON.stringify(first?.connection)})`);
            assertUsed(first?.connection, used);
            assert.ok(used.progress_steps > 2, "a browser tells of the upload as it goes");
          });
          await t.step("client/README.md's whole page", async (t) => {
            await Deno.writeTextFile(`${app.folder}/readme_page.ts`, await pageSnippet());
            await servePage(desk, app, "readme_page.ts");
            await usePage(t, page, desk);
          });
        } finally {
          await browser.close();
        }
      },
    });
  },
});

/** Writes files into the app, each by a name that says which snippet it is. */
async function writeModules(
  { folder }: App,
  snippets: { name: string; text: string }[],
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, text } of snippets) {
    const file_name = `${name.replaceAll(/\W/g, "_")}.ts`;
    await Deno.writeTextFile(`${folder}/${file_name}`, text);
    names.push(file_name);
  }
  return names;
}

/** Shows what becomes of a module of the app at `/connections`. */
async function servePage(
  { world: { host }, files }: Desk,
  { folder }: App,
  module: string,
): Promise<void> {
  const bundled = await build({
    entryPoints: [`${folder}/${module}`],
    bundle: true,
    format: "esm",
    write: false,
  });
  await stop();
  const settings = JSON.stringify({ url: host.url, key: host.keys.publishable });
  files.set("/page.js", { type: "text/javascript", text: bundled.outputFiles[0]?.text ?? "" });
  files.set("/connections", {
    type: "text/html",
    text: `<!doctype html><title>Nexus</title>
      <script type="application/json" id="settings">${settings}</script>
      <script type="module" src="/page.js"></script>`,
  });
}
