/** The request's body and query, bounded and validated. */

import type { z } from "zod";
import { type FieldError, Problem } from "./problem.ts";
import "./words.ts";

/** A caption of 4000 units and 35 photo URLs fit many times over. */
export const MAX_BODY_BYTES = 256 * 1024;

/** Reads at most `MAX_BODY_BYTES`. Throws 413 `invalid_request`. */
export async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > MAX_BODY_BYTES) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size_bytes = 0;
  for await (const chunk of request.body) {
    size_bytes += chunk.byteLength;
    if (size_bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size_bytes);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** Reads JSON; an empty body counts as `{}`. Throws 400, 413 or 415 `invalid_request`. */
export async function readJson(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) return {};
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json")) {
    throw new Problem("invalid_request", "Send the body as JSON: Content-Type: application/json.", {
      status: 415,
    });
  }
  try {
    const body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    refuseUnstorable(body, "");
    return body;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("invalid_request", "The body is not valid JSON in UTF-8.");
  }
}

/** JSON can escape what no text column of Postgres holds: a NUL, and half a surrogate pair. */
function refuseUnstorable(value: unknown, path: string): void {
  if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) {
    throw invalid([{ path, message: "holds a NUL or half a surrogate pair" }]);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    refuseUnstorable(member, path === "" ? name : `${path}.${name}`);
  }
}

/** The query as an object; a parameter that is given twice is refused. */
export function readQuery(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(query, name)) {
      throw invalid([{ path: name, message: "is given more than once" }]);
    }
    query[name] = value;
  }
  return query;
}

/** Validates; every mistake is listed at once. Throws 400 `invalid_request`. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap(describeIssue));
}

function describeIssue(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: path === "" ? key : `${path}.${key}`,
      message: issue.message,
    }));
  }
  return [{ path, message: issue.message }];
}

function invalid(errors: FieldError[]): Problem {
  const [first] = errors;
  const detail = first === undefined
    ? "The request is malformed."
    : errors.length === 1
    ? `${first.path || "The body"}: ${first.message}.`
    : `${errors.length} fields are wrong; see errors.`;
  return new Problem("invalid_request", detail, { errors });
}

function tooLarge(): Problem {
  return new Problem("invalid_request", `The body is larger than ${MAX_BODY_BYTES} bytes.`, {
    status: 413,
    errors: [{ path: "", message: `must have at most ${MAX_BODY_BYTES} bytes` }],
  });
}
