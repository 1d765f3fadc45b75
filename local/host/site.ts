/** The dashboard's static files. */
import { repositoryPath } from "./paths.ts";

const content_types: Record<string, string> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  mp4: "video/mp4",
};

const placeholder = `<!doctype html><meta charset="utf-8"><title>Nexus, embedded host</title>
<h1>The embedded host is running</h1><p>There is no dashboard in <code>local/dashboard</code>.</p>`;

/** Pages that the browser comes back to are the dashboard too: it reads its own address. */
const pages = new Set(["/", "/connected"]);

/** Answers a `GET` of a file below `folder`. */
export async function serveSite(folder: string, pathname: string): Promise<Response> {
  const name = pages.has(pathname) ? "index.html" : decodeURIComponent(pathname.slice(1));
  // One name a segment, none of them hidden: nothing outside the folder can be named.
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(name)) return notFound();
  // The demo clip is the command line's too, so it lies beside the dashboard.
  const path = name.startsWith("clips/") ? repositoryPath(`local/${name}`) : `${folder}/${name}`;
  try {
    const { isFile } = await Deno.stat(path);
    if (!isFile) return notFound();
    const file = await Deno.open(path);
    const ending = name.slice(name.lastIndexOf(".") + 1);
    return new Response(file.readable, {
      headers: {
        "content-type": content_types[ending] ?? "application/octet-stream",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        // The address of /connected holds a code: no other page may learn it.
        "referrer-policy": "no-referrer",
      },
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (name !== "index.html") return notFound();
    return new Response(placeholder, { headers: { "content-type": content_types.html ?? "" } });
  }
}

function notFound(): Response {
  return new Response("Not found\n", { status: 404 });
}
