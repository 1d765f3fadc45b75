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
import {
  type Config,
  ConfigError,
  type ConfigWith,
  createConfigReader,
  type Settings,
} from "../config/config.ts";
import type { Database } from "../database/database.types.ts";
import { createLog } from "../log/log.ts";
import { parseInput, readJson, readQuery } from "./body.ts";
import { composeContext } from "./compose.ts";
import type { Context, PlatformContext, PlatformMaker, PlatformPart, User } from "./context.ts";
import { corsHeaders } from "./cors.ts";
import { Problem } from "./problem.ts";
import { classify, concerning, recordFailure, toProblem } from "./failure.ts";
import { refusalOfGate, signedInUser } from "./gate.ts";

/** Who may call. */
type Caller = "user" | "schedule" | "anyone";

type Answer = { status?: number; body: unknown } | Response;

type Call<C extends Context> = {
  request: Request;
  url: URL;
  context: C;
  supabase: SupabaseContext<Database>;
};

type Route<C extends Context> = { caller: Caller; answer(call: Call<C>): Promise<Answer> };

type Method = "GET" | "POST" | "DELETE";
export type Routes<C extends Context> = Partial<Record<Method, Route<C>>>;

/** A route for a signed-in user. The input is the query of a GET or DELETE, the body of a POST. */
export function forUser<Schema extends z.ZodType, C extends Context>(
  schema: Schema,
  run: (context: C, user: User, input: z.output<Schema>, request: Request) => Promise<Answer>,
): Route<C> {
  return {
    caller: "user",
    answer: async ({ request, url, context, supabase }) => {
      const user = signedInUser(supabase.jwtClaims, supabase.supabase);
      try {
        const input = request.method === "POST" ? await readJson(request) : readQuery(url);
        return await run(context, user, parseInput(schema, input), request);
      } catch (error) {
        throw concerning(error, { user_id: user.id });
      }
    },
  };
}

/** A route for pg_cron: the secret key named `cron`, and no other. */
export function forSchedule<Schema extends z.ZodType, C extends Context>(
  schema: Schema,
  run: (context: C, input: z.output<Schema>) => Promise<Answer>,
): Route<C> {
  return {
    caller: "schedule",
    answer: async ({ request, context }) =>
      await run(context, parseInput(schema, await readJson(request))),
  };
}

/** A route for a browser or a platform's server: the operation itself decides whom it believes. */
export function forAnyone<C extends Context>(
  run: (context: C, request: Request, url: URL) => Promise<Answer>,
): Route<C> {
  return {
    caller: "anyone",
    answer: ({ request, url, context }) => run(context, request, url),
  };
}

/** Makes a function of one platform. Nothing happens before its first request. */
export type Door<C extends Context> = (
  slug: string,
  routes: Routes<C>,
) => { fetch(request: Request): Promise<Response> };

/** The doors of a platform. */
export function doorOf<Own extends Settings, Part extends PlatformPart>(
  maker: PlatformMaker<Own, Part>,
): Door<PlatformContext<Own, Part>> {
  const readConfig = createConfigReader(maker.settings, (name) => Deno.env.get(name));
  return (slug, routes) => ({
    async fetch(request) {
      const request_id = crypto.randomUUID();
      try {
        return await pass(maker, readConfig(), slug, routes, request, request_id);
      } catch (error) {
        return fail(error, slug, request_id);
      }
    },
  });
}

async function pass<Own extends Settings, Part extends PlatformPart>(
  maker: PlatformMaker<Own, Part>,
  config: ConfigWith<Own>,
  slug: string,
  routes: Routes<PlatformContext<Own, Part>>,
  request: Request,
  request_id: string,
): Promise<Response> {
  const methods = Object.keys(routes);
  const forBrowsers = Object.values(routes).some((route) => route.caller === "user");
  const route = Object.hasOwn(routes, request.method)
    ? routes[request.method as Method]
    : undefined;
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
    const context = composeContext(maker, config, slug, request_id, supabase.supabaseAdmin);
    try {
      const call = { request: checked, url: new URL(request.url), context, supabase };
      return toResponse(await route.answer(call), request_id);
    } catch (error) {
      const problem = toProblem(error, context);
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
  return classify(error, log).toResponse(request_id);
}
