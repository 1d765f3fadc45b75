/**
 * The door of every function: method, configuration, caller, input, and any failure as a problem
 * document. A function's `index.ts` says which operation stands behind which method.
 *
 * The caller is checked by `withSupabase` of `@supabase/server`; its refusals are turned into our
 * problems, without its hints.
 */

import {
  fromSupabaseUrl,
  type SupabaseContext,
  withSupabase,
  type WithSupabaseConfig,
} from "@supabase/server";
import type { z } from "zod";
import { type Config, ConfigError, createConfigReader } from "../config/config.ts";
import type { Database } from "../database/database.types.ts";
import { createLog } from "../log/log.ts";
import { parseInput, readJson, readQuery } from "./body.ts";
import { composeContext } from "./compose.ts";
import type { Context, User } from "./context.ts";
import { corsHeaders } from "./cors.ts";
import { Problem } from "./problem.ts";
import { concerning, recordFailure, toProblem } from "./failure.ts";
import { refusalOfGate, signedInUser } from "./gate.ts";

/** Who may call. */
type Caller = "user" | "schedule" | "anyone";

type Answer = { status?: number; body: unknown } | Response;

type Call = {
  request: Request;
  url: URL;
  context: Context;
  supabase: SupabaseContext<Database>;
};

type Route = { caller: Caller; answer(call: Call): Promise<Answer> };

type Method = "GET" | "POST" | "DELETE";
export type Routes = Partial<Record<Method, Route>>;

/** A route for a signed-in user. The input is the query of a GET or DELETE, the body of a POST. */
export function forUser<Schema extends z.ZodType>(
  schema: Schema,
  run: (context: Context, user: User, input: z.output<Schema>) => Promise<Answer>,
): Route {
  return {
    caller: "user",
    answer: async ({ request, url, context, supabase }) => {
      const user = signedInUser(supabase.jwtClaims, supabase.supabase);
      try {
        const input = request.method === "POST" ? await readJson(request) : readQuery(url);
        return await run(context, user, parseInput(schema, input));
      } catch (error) {
        throw concerning(error, { user_id: user.id });
      }
    },
  };
}

/** A route for pg_cron: the secret key named `cron`, and no other. */
export function forSchedule<Schema extends z.ZodType>(
  schema: Schema,
  run: (context: Context, input: z.output<Schema>) => Promise<Answer>,
): Route {
  return {
    caller: "schedule",
    answer: async ({ request, context }) =>
      await run(context, parseInput(schema, await readJson(request))),
  };
}

/** A route for a browser or a platform's server: the operation itself decides whom it believes. */
export function forAnyone(
  run: (context: Context, request: Request, url: URL) => Promise<Answer>,
): Route {
  return {
    caller: "anyone",
    answer: ({ request, url, context }) => run(context, request, url),
  };
}

const readConfig = createConfigReader((name) => Deno.env.get(name));

/** Makes a function. Nothing happens before its first request. */
export function door(slug: string, routes: Routes): { fetch(request: Request): Promise<Response> } {
  return {
    async fetch(request) {
      const request_id = crypto.randomUUID();
      try {
        return await pass(slug, routes, request, request_id);
      } catch (error) {
        return fail(error, slug, request_id);
      }
    },
  };
}

async function pass(
  slug: string,
  routes: Routes,
  request: Request,
  request_id: string,
): Promise<Response> {
  const methods = Object.keys(routes);
  const forBrowsers = Object.values(routes).some((route) => route.caller === "user");
  const route = Object.hasOwn(routes, request.method)
    ? routes[request.method as Method]
    : undefined;
  const config = readConfig();
  const cors = forBrowsers && (route === undefined || route.caller === "user")
    ? { headers: corsHeaders(request.headers.get("origin"), config.NEXUS_REDIRECT_URLS, methods) }
    : "disabled" as const;
  const gate = gateFor(route?.caller ?? "anyone", config);
  const handle = withSupabase<Database>({ ...gate, cors }, async (checked, supabase) => {
    // A preflight does not get here: what gives CORS its headers answers it.
    if (route === undefined) {
      const allow = [...methods, ...(forBrowsers ? ["OPTIONS"] : [])].join(", ");
      return new Problem("method_not_allowed", `Use ${allow}.`, { allow }).toResponse(request_id);
    }
    const context = composeContext(config, slug, request_id, supabase.supabaseAdmin);
    try {
      const call = { request: checked, url: new URL(request.url), context, supabase };
      return toResponse(await route.answer(call), request_id);
    } catch (error) {
      const problem = toProblem(error, context.log);
      // What anybody can bring about, from anywhere, is no way to fill the error log.
      if (route.caller === "anyone") context.log.warn("failed", { code: problem.code });
      else await recordFailure(context, problem);
      return problem.toResponse(request_id);
    }
  });
  return await refusalOfGate(await handle(request), slug, request_id);
}

function gateFor(caller: Caller, config: Config): WithSupabaseConfig {
  const errors = { detailed: false };
  if (caller === "schedule") return { auth: "secret:cron", errors };
  if (caller === "anyone") return { auth: "none", errors };
  return {
    auth: "user",
    audience: "authenticated",
    issuer: fromSupabaseUrl(config.SUPABASE_URL),
    errors,
  };
}

function toResponse(answer: Answer, request_id: string): Response {
  if (answer instanceof Response) return answer;
  return Response.json(answer.body, {
    status: answer.status ?? 200,
    headers: { "Cache-Control": "no-store", "X-Request-Id": request_id },
  });
}

/** A failure before there is a context, such as a missing setting. */
function fail(error: unknown, slug: string, request_id: string): Response {
  const log = createLog({ function: slug, request_id });
  if (error instanceof ConfigError) {
    for (const { name, problem } of error.settings) {
      log.error("misconfigured", { setting: name, problem });
    }
    return new Problem(
      "misconfigured",
      "A setting of this function is missing or malformed; its log names it.",
    ).toResponse(request_id);
  }
  return toProblem(error, log).toResponse(request_id);
}
