import { networkError, SIGN_IN, unexpectedAnswer } from "./error.ts";

/** What supabase-js gives for a query. */
type Result = {
  data: unknown;
  error: { message: string; code?: string } | null;
  status: number;
};

/** The rows of a query, in the form in which the functions answer them. */
export async function readRows<Row>(
  query: PromiseLike<Result>,
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  const { data, error, status } = await query;
  signal?.throwIfAborted();
  if (error) {
    if (status === 0) throw networkError(error);
    // A code is the Data API's: it knows no user. Without one, a gateway refused, say the key.
    throw unexpectedAnswer(status, status === 401 && error.code ? SIGN_IN : error.message);
  }
  return inUtc(data) as Row[];
}

/** The Data API writes times with an offset, the functions with a `Z`. */
function inUtc(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => inUtc(item));
  if (value && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, inUtc(member, name)]),
    );
  }
  const is_time = typeof value === "string" && /(^|_)at$/.test(name);
  return is_time ? new Date(value).toISOString() : value;
}
