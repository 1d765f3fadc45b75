/** Calls of the functions: an answer of the contract, or a `Failure`. */

import { z } from "zod";
import { readBounded } from "./bounded.ts";
import { EXIT_CODES, Failure, unreachable } from "./failure.ts";
import type { Place } from "./place.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";

/** Longer than a function may run (150 s, https://supabase.com/docs/guides/functions/limits). */
const CALL_TIMEOUT_MS = 160_000;

/** A year's figures of a thousand videos are some 40 MB; a longer answer is no answer of ours. */
const MAX_ANSWER_BYTES = 100_000_000;

/** As the functions send it; what else it holds is passed on. */
const problem = z.looseObject({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  status: z.number(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  request_id: z.string().nullish(),
});

type Request = { method: "GET" | "POST" | "DELETE"; path: string; body?: unknown };

/** Calls as the signed-in user. */
export async function callFunction<Schema extends z.ZodType>(
  runtime: Runtime,
  session: Session,
  request: Request,
  answer: Schema,
): Promise<z.output<Schema>> {
  const authorization = `Bearer ${await session.accessToken()}`;
  const headers = { authorization, apikey: session.place.publishable_key };
  return await call(runtime, session.place, headers, request, answer);
}

/** Calls as the schedule. */
export async function callAsSchedule<Schema extends z.ZodType>(
  runtime: Runtime,
  place: Place,
  request: Request,
  answer: Schema,
): Promise<z.output<Schema>> {
  return await call(runtime, place, { apikey: place.cronKey() }, request, answer);
}

async function call<Schema extends z.ZodType>(
  { fetch }: Runtime,
  { url }: Place,
  headers: Record<string, string>,
  { method, path, body }: Request,
  answer: Schema,
): Promise<z.output<Schema>> {
  const slug = path.split("?")[0];
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/functions/v1/${path}`, {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    text = await readBounded(response, MAX_ANSWER_BYTES) ?? "";
  } catch (error) {
    throw unreachable(`${slug} did not answer.`, error);
  }
  const document = parseJson(text);
  if (response.ok) {
    const parsed = answer.safeParse(document);
    if (parsed.success) return parsed.data;
  }
  throw describeRefusal(slug ?? path, response.status, document);
}

function describeRefusal(slug: string, status: number, document: unknown): Failure {
  const parsed = problem.safeParse(document);
  if (parsed.success) return new Failure(EXIT_CODES.refused, parsed.data);
  // What stands before the functions says so when they are away.
  if ([502, 503, 504].includes(status)) return unreachable(`${slug} answered ${status}.`);
  return new Failure(EXIT_CODES.refused, {
    code: "unexpected_answer",
    title: "Unexpected answer",
    detail: `${slug} answered ${status} in a form that it should not have. Is it deployed?`,
    status,
  });
}

/** Undefined for a text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
