/** PostgREST's error form and its mapping of SQLSTATEs: https://docs.postgrest.org/en/v13/references/errors.html */
import { CallerRefused } from "../caller.ts";
import { isDatabaseError } from "../database/index.ts";

/** A refusal of the API itself, before or after the database was asked. */
export class RestFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: string | null = null,
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

/** The answer to any failure; `is_signed_in` decides between 401 and 403. */
export function restError(error: unknown, is_signed_in: boolean): Response {
  if (error instanceof RestFailure) {
    const { status, code, message, details, hint } = error;
    return answer(status, { code, message, details, hint });
  }
  if (error instanceof CallerRefused) {
    if (error.reason === "key") return answer(401, { message: error.message });
    return answer(401, { code: "PGRST301", message: error.message, details: null, hint: null });
  }
  if (isDatabaseError(error)) {
    const { code, message, detail, hint } = error;
    const raised = raisedByPgrst(code, message);
    if (raised) return raised;
    return answer(statusOf(code, is_signed_in), {
      code,
      message,
      details: detail ?? null,
      hint: hint ?? null,
    });
  }
  throw error;
}

/** `raise sqlstate 'PGRST'` carries a whole answer as JSON in its message and detail. */
function raisedByPgrst(code: string, message: string): Response | undefined {
  if (code !== "PGRST") return undefined;
  return answer(400, JSON.parse(message));
}

/** First the exact code, then its class (the first two characters), then 400. */
const statuses: Record<string, number> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "21000": 400,
  "23503": 409,
  "23505": 409,
  "25006": 405,
  "25": 500,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
  "53400": 500,
  "53": 503,
  "54": 500,
  "55": 500,
  "57": 500,
  "58": 500,
  F0: 500,
  HV: 500,
  P0001: 400,
  P0: 500,
  XX: 500,
};

export function statusOf(code: string, is_signed_in: boolean): number {
  if (code === "42501") return is_signed_in ? 403 : 401;
  const chosen_by_function = /^PT([1-5][0-9]{2})$/.exec(code);
  if (chosen_by_function) return Number(chosen_by_function[1]);
  return statuses[code] ?? statuses[code.slice(0, 2)] ?? 400;
}

function answer(status: number, body: unknown): Response {
  return Response.json(body, { status });
}
