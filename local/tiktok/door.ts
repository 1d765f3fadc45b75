import { http } from "msw/http";
import type { RequestHandler } from "msw";
import { API_ERROR_STATUS, ApiFailure, CutOff, OAuthFailure, UploadFailure } from "./failures.ts";
import type { Fault } from "./faults.ts";
import { toJson } from "./json.ts";
import { bearerOf } from "./bearer.ts";
import { removeGrant } from "./grants.ts";
import type { Call, Exchange, World } from "./world.ts";

/** How an endpoint words its refusals. */
export type Shape = "oauth" | "api" | "upload" | "page";

export interface Route {
  method: "get" | "post" | "put";
  /** Exact, trailing slash included; or a test of the path. */
  path: string | RegExp;
  shape: Shape;
  act(exchange: Exchange): Response | Promise<Response>;
}

/** A socket that dies without an answer: fetch reports it as a network error. */
const destroyed = () => Response.error();

/** Makes a route an msw handler that counts, breaks as told, answers, and commits before that. */
export function openDoor(world: World, route: Route): RequestHandler {
  const matches = (path: string) =>
    typeof route.path === "string" ? route.path === path : route.path.test(path);
  return http[route.method](
    ({ request }) => matches(new URL(request.url).pathname),
    async ({ request }) => {
      const url = new URL(request.url);
      const call: Call = {
        method: request.method,
        path: url.pathname,
        at: world.settings.now(),
        status: null,
        account: null,
        reason: null,
      };
      recordCall(world, call);
      const fault = world.faults.take(call.method, call.path);
      const response = await answer(route, { world, request, url, call, fault });
      world.store.commit();
      call.status = response.status;
      return response as never;
    },
  );
}

/** Keeps the newest: a stand-in may run for weeks. */
export function recordCall(world: World, call: Call): void {
  world.calls.push(call);
  if (world.calls.length > 10_000) world.calls.shift();
}

async function answer(route: Route, exchange: Exchange): Promise<Response> {
  const { fault } = exchange;
  const early = fault === null ? null : await breakBefore(route.shape, fault, exchange);
  if (early !== null) return early;
  const response = await act(route, exchange);
  if (fault?.kind === "lose_reply") return destroyed();
  if (fault?.kind === "status_after") return bare(fault.status);
  if (fault?.kind === "garbage") return new Response(await garble(response, fault.body));
  return response;
}

async function garble(
  response: Response,
  body: Extract<Fault, { kind: "garbage" }>["body"] = "<html>Bad gateway</html>",
): Promise<string> {
  return typeof body === "string" ? body : body(await response.text());
}

async function breakBefore(
  shape: Shape,
  fault: Fault,
  exchange: Exchange,
): Promise<Response | null> {
  if (fault.kind === "refuse") return destroyed();
  if (fault.kind === "status") return askToWait(bare(fault.status), fault);
  if (fault.kind === "error") {
    return askToWait(refuse(shape, scripted(shape, fault), exchange), fault);
  }
  if (fault.kind === "wait") await fault.until;
  spoil(fault, exchange);
  return null;
}

function askToWait(response: Response, { retry_after }: { retry_after?: string }): Response {
  if (retry_after !== undefined) response.headers.set("retry-after", retry_after);
  return response;
}

/** What a token or an upload URL suffers before the request is judged. */
function spoil(fault: Fault, { world, request, url }: Exchange): void {
  const now = world.settings.now();
  const token = bearerOf(request) ?? "";
  const row = world.store.get("tokens", token);
  if (fault.kind === "expire_token" && row) {
    world.store.patch("tokens", token, { expires_at: now });
  }
  if (fault.kind === "remove_authorization" && row) removeGrant(world, row.open_id);
  const upload_id = url.searchParams.get("upload_id") ?? "";
  if (fault.kind === "expire_upload" && world.store.get("uploads", upload_id)) {
    world.store.patch("uploads", upload_id, { expires_at: now });
  }
}

async function act(route: Route, exchange: Exchange): Promise<Response> {
  try {
    return await route.act(exchange);
  } catch (error) {
    exchange.call.reason = error instanceof Error ? error.message : String(error);
    return refuse(route.shape, error, exchange);
  }
}

function refuse(shape: Shape, error: unknown, { world }: Exchange): Response {
  if (error instanceof CutOff) return destroyed();
  const log_id = world.minter.logId();
  if (error instanceof UploadFailure) {
    const headers = error.content_range === null ? undefined : {
      "content-range": error.content_range,
    };
    return new Response(null, { status: error.status, headers });
  }
  if (error instanceof OAuthFailure) {
    const body = { error: error.error, error_description: error.message, log_id };
    return json(body, world.settings.oauth_error_status);
  }
  if (error instanceof ApiFailure) {
    const body = { data: {}, error: { code: error.code, message: error.message, log_id } };
    return json(body, error.status);
  }
  // A fault of the stand-in itself, which `calls` tells of.
  if (shape !== "api") return bare(500);
  return json({ data: {}, error: { code: "internal_error", message: "", log_id } }, 500);
}

function scripted(shape: Shape, fault: Fault & { kind: "error" }): Error {
  const message = fault.message ?? "as the test asked";
  if (shape === "oauth") return new OAuthFailure(fault.code, message);
  const status = fault.status ?? API_ERROR_STATUS[fault.code] ?? 400;
  return new ApiFailure(fault.code, message, status);
}

/** The success envelope of every endpoint but OAuth's. */
export function ok({ world }: Exchange, data?: unknown): Response {
  const error = { code: "ok", message: "", log_id: world.minter.logId() };
  return json(data === undefined ? { error } : { data, error }, 200);
}

export function json(value: unknown, status: number): Response {
  return new Response(toJson(value), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
  });
}

function bare(status: number): Response {
  return new Response(null, { status });
}
