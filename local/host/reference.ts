/** `/reference`: docs/openapi.json, for reading and trying out, as Swagger UI shows it. */
import { fileURLToPath } from "node:url";
import { repositoryPath } from "./paths.ts";

const own_files: Record<string, { path: string; type: string }> = {
  "/reference": { path: "local/reference/index.html", type: "text/html; charset=utf-8" },
  "/reference/openapi.json": { path: "docs/openapi.json", type: "application/json" },
};

const package_files: Record<string, string> = {
  "/reference/swagger-ui.css": "text/css; charset=utf-8",
  "/reference/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** Answers a `GET` of the page or of what it loads; null for any other path. */
export async function serveReference(pathname: string): Promise<Response | null> {
  const own = own_files[pathname];
  if (own) return await send(repositoryPath(own.path), own.type);
  const type = package_files[pathname];
  if (type === undefined) return null;
  return await send(`${await packageFolder()}${pathname.slice("/reference".length)}`, type);
}

async function send(path: string, type: string): Promise<Response> {
  const file = await Deno.open(path);
  return new Response(file.readable, {
    headers: {
      "content-type": type,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    },
  });
}

/** Downloaded when the page is first looked at: a name that is only known then is not loaded before. */
async function packageFolder(): Promise<string> {
  const manifest = ["swagger-ui-dist", "package.json"].join("/");
  await import(manifest, { with: { type: "json" } });
  return fileURLToPath(new URL(".", import.meta.resolve(manifest))).replace(/\/$/, "");
}
