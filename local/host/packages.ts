/** Where a package of the npm registry lies, for what a browser loads of it. */
import { fileURLToPath } from "node:url";

/**
 * The package's folder. It is downloaded when its first file is asked for: a name that is only known
 * then is not loaded before.
 */
export async function packageFolder(name: string): Promise<string> {
  const manifest = [name, "package.json"].join("/");
  await import(manifest, { with: { type: "json" } });
  return fileURLToPath(new URL(".", import.meta.resolve(manifest))).replace(/\/$/, "");
}

/** Sends a file as what it is. */
export async function sendFile(path: string, type: string): Promise<Response> {
  const file = await Deno.open(path);
  return new Response(file.readable, { headers: fileHeaders(type) });
}

export function fileHeaders(type: string): Record<string, string> {
  return {
    "content-type": type,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  };
}
