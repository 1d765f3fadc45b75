/** `/reference`: docs/openapi.json, for reading and trying out, as Swagger UI shows it. */
import { packageFolder, sendFile } from "./packages.ts";
import { repositoryPath } from "./paths.ts";

const CSS = "text/css; charset=utf-8";
const JS = "text/javascript; charset=utf-8";

const own_files: Record<string, { path: string; type: string }> = {
  "/reference": { path: "local/reference/index.html", type: "text/html; charset=utf-8" },
  "/reference/reference.css": { path: "local/reference/reference.css", type: CSS },
  "/reference/reference.js": { path: "local/reference/reference.js", type: JS },
  "/reference/openapi.json": { path: "docs/openapi.json", type: "application/json" },
};

const package_files: Record<string, string> = {
  "/reference/swagger-ui.css": CSS,
  "/reference/swagger-ui-bundle.js": JS,
};

/** Answers a `GET` of the page or of what it loads; null for any other path. */
export async function serveReference(pathname: string): Promise<Response | null> {
  const own = own_files[pathname];
  if (own) return await sendFile(repositoryPath(own.path), own.type);
  const type = package_files[pathname];
  if (type === undefined) return null;
  const folder = await packageFolder("swagger-ui-dist");
  return await sendFile(`${folder}${pathname.slice("/reference".length)}`, type);
}
