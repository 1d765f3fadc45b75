/**
 * The project's own side of the network: the Data API's `rpc` on the real database, and Storage, whose
 * large files exist only as far as somebody reads them.
 */

import type { Database } from "./database.ts";
import type { IncomingRequest } from "./network.ts";

export const SUPABASE_HOST = { hostname: "127.0.0.1", port: 54321 };
export const SUPABASE_URL = `http://${SUPABASE_HOST.hostname}:${SUPABASE_HOST.port}`;

/** A real clip and after it a `free` box (ISO/IEC 14496-12, 8.1.2), which any reader skips. */
export type StoredFile = { size_bytes: number; etag: string };

const clip = await Deno.readFile(new URL("fixtures/clip.mp4", import.meta.url));
const HEADER_BYTES = 16;
export const SMALLEST_FILE_BYTES = clip.length + HEADER_BYTES;

function headOf(size_bytes: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(SMALLEST_FILE_BYTES);
  head.set(clip);
  const view = new DataView(head.buffer, clip.length);
  // A size of 1 says that the real one follows in 64 bits.
  view.setUint32(0, 1);
  head.set(new TextEncoder().encode("free"), clip.length + 4);
  view.setBigUint64(8, BigInt(size_bytes - clip.length));
  return head;
}

export function readFile(file: StoredFile, first: number, last: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(last - first + 1);
  if (first < SMALLEST_FILE_BYTES) bytes.set(headOf(file.size_bytes).subarray(first, last + 1));
  return bytes;
}

/** A web server's answer to a request for a file, or for a range of it. */
export function serveFile(file: StoredFile | undefined, headers: Headers): Response {
  if (file === undefined) return new Response(null, { status: 404 });
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "");
  const first = range === null ? 0 : Number(range[1]);
  const last = Math.min(range === null ? Infinity : Number(range[2]), file.size_bytes - 1);
  const answer = { etag: `"${file.etag}"`, "content-type": "video/mp4", "accept-ranges": "bytes" };
  return new Response(readFile(file, first, last), {
    status: range === null ? 200 : 206,
    headers: range === null
      ? answer
      : { ...answer, "content-range": `bytes ${first}-${last}/${file.size_bytes}` },
  });
}

export class Supabase {
  /** By `<bucket>/<path>`. */
  readonly files = new Map<string, StoredFile>();

  constructor(
    private readonly database: Database,
    private readonly keys: { secret: string; cron: string },
  ) {}

  /** What `supabase-js` asks for by `fetch`. */
  async serve(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const rpc = /^\/rest\/v1\/rpc\/(\w+)$/.exec(pathname)?.[1];
    if (rpc !== undefined) {
      const { secret, cron } = this.keys;
      if (![secret, cron].includes(request.headers.get("apikey") ?? "")) {
        return Response.json({ message: "not the service" }, { status: 401 });
      }
      const answer = await this.database.rpc(rpc, await request.text());
      if (answer.ok) {
        return new Response(answer.body, { headers: { "content-type": "application/json" } });
      }
      const { sqlstate: code, message } = answer;
      return Response.json({ code, message, details: null, hint: null }, { status: 400 });
    }
    const info = /^\/storage\/v1\/object\/info\/(.+)$/.exec(pathname)?.[1];
    const path = decodeURIComponent(info ?? "");
    const file = this.files.get(path);
    // Who asks may see what lies below his own id.
    const user_id = subjectOf(request.headers.get("authorization"));
    if (file === undefined || user_id !== path.split("/")[1]) {
      return Response.json({ statusCode: "404", error: "not_found", message: "no" }, {
        status: 400,
      });
    }
    return Response.json({ size: file.size_bytes, etag: `"${file.etag}"`, name: path });
  }

  /** What is read over a connection of its own: objects, with the service's key. */
  serveObject(request: IncomingRequest): Promise<Response> {
    const name = /^\/storage\/v1\/object\/authenticated\/(.+)$/.exec(request.path)?.[1];
    if (name === undefined || request.headers.get("apikey") !== this.keys.secret) {
      return Promise.resolve(new Response(null, { status: 400 }));
    }
    return Promise.resolve(serveFile(this.files.get(decodeURIComponent(name)), request.headers));
  }
}

function subjectOf(authorization: string | null): string | null {
  const payload = /^Bearer [^.]+\.([^.]+)\./.exec(authorization ?? "")?.[1];
  if (payload === undefined) return null;
  const text = new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" }));
  return JSON.parse(text).sub ?? null;
}
