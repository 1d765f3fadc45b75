/** `/rest/v1`: the Data API for functions and for a user's own rows, in PostgREST's form. */
import type { Caller, Identify } from "../caller.ts";
import type { Sql } from "../database/index.ts";
import type { Handle } from "../gateway.ts";
import { restError, RestFailure } from "./errors.ts";
import { callFunction } from "./rpc.ts";
import { selectRows } from "./select.ts";
import { writeRows } from "./write.ts";

export interface RestOptions {
  sql: Sql;
  identify: Identify;
}

/** Handles a request whose path is below `/rest/v1/`. */
export function createRest({ sql, identify }: RestOptions): Handle {
  return async (request) => {
    let caller: Caller | undefined;
    try {
      caller = await identify(request);
      return await route(sql, caller, request);
    } catch (error) {
      return restError(error, caller !== undefined && caller.role !== "anon");
    }
  };
}

async function route(sql: Sql, caller: Caller, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const path = pathname.slice("/rest/v1/".length).split("/").map(decodeURIComponent);
  const [first = "", name] = path;
  const wants_one_object = accepts(request, "application/vnd.pgrst.object+json");

  if (first === "rpc" && name && path.length === 2) {
    if (request.method !== "POST") throw notAllowed(request.method);
    return await callFunction(sql, caller, name, await request.text(), wants_one_object);
  }
  if (!first || path.length !== 1) {
    throw new RestFailure(404, "PGRST125", "Invalid path specified in request URL");
  }
  switch (request.method) {
    case "GET":
    case "HEAD": {
      const wants_count = (request.headers.get("prefer") ?? "").includes("count=exact");
      const options = { wants_one_object, wants_count };
      const { headers, body } = await selectRows(sql, caller, first, searchParams, options);
      return new Response(request.method === "HEAD" ? null : body, { headers });
    }
    case "POST":
    case "PATCH":
    case "DELETE": {
      const { method } = request;
      const body = await request.text();
      return await writeRows(sql, caller, first, { method, params: searchParams, body });
    }
    default:
      throw notAllowed(request.method);
  }
}

function accepts(request: Request, type: string): boolean {
  return (request.headers.get("accept") ?? "").includes(type);
}

function notAllowed(method: string): RestFailure {
  return new RestFailure(405, "PGRST101", `Cannot use the ${method} method on RPC`);
}
