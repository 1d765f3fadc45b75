/** Assertions with the words of this folder, on top of Node's. */

import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import type { Answer } from "./caller.ts";

export function equal(actual: unknown, expected: unknown, message?: string): void {
  strictEqual(actual, expected, message);
}

export { deepStrictEqual as same, doesNotMatch, match, ok };

const MEMBERS = ["type", "title", "status", "detail", "code", "request_id"];
const OPTIONAL = ["errors", "retry_after", "tiktok_code", "log_id"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** That an answer is a problem document of the contract, no more and no less. */
export function isProblem(answer: Answer, status: number, code: string): void {
  const shown = JSON.stringify(answer.body);
  strictEqual(`${answer.status} ${answer.body.code}`, `${status} ${code}`, shown);
  strictEqual(answer.headers.get("content-type"), "application/problem+json");
  strictEqual(answer.headers.get("x-supabase-server-error"), null, "the gate's own header");
  strictEqual(answer.body.status, status);
  const names = Object.keys(answer.body);
  for (const name of MEMBERS) ok(names.includes(name), `${name} is missing: ${shown}`);
  for (const name of names) {
    ok(
      MEMBERS.includes(name) || OPTIONAL.includes(name),
      `${name} is not of the contract: ${shown}`,
    );
  }
  match(answer.body.request_id, UUID);
  for (const name of ["type", "title", "detail"]) {
    strictEqual(typeof answer.body[name], "string");
    ok(answer.body[name].length > 0, `${name} is empty`);
  }
  if ("retry_after" in answer.body) {
    ok(Number.isInteger(answer.body.retry_after) && answer.body.retry_after >= 1, shown);
    strictEqual(answer.headers.get("retry-after"), String(answer.body.retry_after));
  } else {
    strictEqual(answer.headers.get("retry-after"), null);
  }
  for (const error of answer.body.errors ?? []) {
    deepStrictEqual(Object.keys(error).sort(), ["message", "path"]);
  }
}

/** The paths that a problem names, in order. */
export function pathsOf(answer: Answer): string[] {
  return (answer.body.errors ?? []).map((error: { path: string }) => error.path).sort();
}
