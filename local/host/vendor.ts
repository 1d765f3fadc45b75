/** `/vendor`: what the dashboard is built on, as an app's bundler would bring it. */
import { fileHeaders, packageFolder, sendFile } from "./packages.ts";
import { repositoryPath } from "./paths.ts";

const JAVASCRIPT = "text/javascript; charset=utf-8";

const files: Record<string, { name: string; file: string; type: string }> = {
  "/vendor/supabase.js": {
    name: "@supabase/supabase-js",
    file: "dist/umd/supabase.js",
    type: JAVASCRIPT,
  },
  "/vendor/uplot.js": { name: "uplot", file: "dist/uPlot.esm.js", type: JAVASCRIPT },
  "/vendor/uplot.css": {
    name: "uplot",
    file: "dist/uPlot.min.css",
    type: "text/css; charset=utf-8",
  },
};

/** One at a time: to stop the bundler would end another's work. */
let client: Promise<string> | undefined;

/** Answers a `GET` of one of these; null for any other path. */
export async function serveVendor(pathname: string): Promise<Response | null> {
  if (pathname === "/vendor/nexus-tiktok.js") {
    client ??= bundleClient().finally(() => client = undefined);
    return new Response(await client, { headers: fileHeaders(JAVASCRIPT) });
  }
  const known = files[pathname];
  if (known === undefined) return null;
  return await sendFile(`${await packageFolder(known.name)}/${known.file}`, known.type);
}

/** The package in `client/`, as it is now: whoever works on it sees it by a reload. */
async function bundleClient(): Promise<string> {
  // Not before the page is looked at, as with the packages.
  const { build, stop } = await import(["esbuild"].join()) as typeof import("esbuild");
  try {
    const { outputFiles } = await build({
      entryPoints: [repositoryPath("client/src/index.ts")],
      bundle: true,
      format: "esm",
      target: "es2022",
      write: false,
      logLevel: "silent",
    });
    return outputFiles[0]?.text ?? "";
  } finally {
    await stop();
  }
}
