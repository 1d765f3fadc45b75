/** The one door of the host: checks who may speak to it at all, and hands each path to its part. */
import type { Functions } from "./functions.ts";
import { serveReference } from "./reference.ts";
import { serveSite } from "./site.ts";
import { serveVendor } from "./vendor.ts";

export type Handle = (request: Request) => Promise<Response>;

export interface Parts {
  rest: Handle;
  auth: Handle;
  storage: Handle;
  functions: Functions;
  dashboard_dir: string;
  /** The body of `GET /dev/config`. */
  config: unknown;
}

export interface GatewayOptions {
  port: number;
  /** Told of each request; without its query, which may hold a code. */
  onRequest(line: string): void;
  onError(what: string, error: unknown): void;
}

/** `parts` is a promise because the port is taken before the parts are ready. */
export function createGateway(
  parts: Promise<Parts>,
  options: GatewayOptions,
): Handle {
  const { port, onRequest, onError } = options;
  const own_hosts = new Set(["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`));
  return async (request) => {
    // A foreign page whose name was made to point at 127.0.0.1 sends its own name here.
    if (!own_hosts.has(request.headers.get("host") ?? "")) {
      return new Response("This host answers on loopback only.\n", { status: 421 });
    }
    const { pathname } = new URL(request.url);
    const started_at = performance.now();
    const response = await route(await parts, request, pathname).catch((error) => {
      onError(`${request.method} ${pathname}`, error);
      return Response.json({ message: "Internal error of the embedded host" }, { status: 500 });
    });
    const took_ms = Math.round(performance.now() - started_at);
    onRequest(`${request.method} ${pathname} ${response.status} ${took_ms} ms`);
    return response;
  };
}

async function route(parts: Parts, request: Request, pathname: string): Promise<Response> {
  const [, area = "", version, slug = ""] = pathname.split("/");
  if (area === "functions" && version === "v1") return await parts.functions.handle(slug, request);
  if (version === "v1" && (area === "rest" || area === "auth" || area === "storage")) {
    if (request.method === "OPTIONS") return preflight(request);
    return withCors(await parts[area](request));
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  // No CORS here: only the host's own page may read the keys.
  if (pathname === "/dev/config") {
    return Response.json(parts.config, { headers: { "cache-control": "no-store" } });
  }
  return await serveReference(pathname) ?? await serveVendor(pathname) ??
    await serveSite(parts.dashboard_dir, pathname);
}

function preflight(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "*",
      "access-control-max-age": "3600",
    },
  });
}

function withCors(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("access-control-allow-origin", "*");
  headers.set(
    "access-control-expose-headers",
    "accept-ranges, content-range, content-length, etag, last-modified",
  );
  return new Response(response.body, { status: response.status, headers });
}
