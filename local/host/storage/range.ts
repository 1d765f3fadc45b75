/** Which bytes a request asks for: https://www.rfc-editor.org/rfc/rfc9110#section-14 */

export type Wanted =
  | { kind: "all" }
  | { kind: "part"; first: number; last: number }
  | { kind: "unsatisfiable" }
  | { kind: "precondition_failed" }
  | { kind: "not_modified" };

/** `first` and `last` are inclusive. A range that is malformed, or more than one, means everything. */
export function chooseBytes(headers: Headers, size_bytes: number, etag: string): Wanted {
  const if_match = headers.get("if-match");
  if (if_match !== null && !names(if_match, etag)) return { kind: "precondition_failed" };
  const if_none_match = headers.get("if-none-match");
  if (if_none_match !== null && names(if_none_match, etag)) return { kind: "not_modified" };

  const range = headers.get("range");
  const if_range = headers.get("if-range");
  if (range === null || (if_range !== null && if_range !== etag)) return { kind: "all" };
  const match = /^bytes=([0-9]*)-([0-9]*)$/.exec(range.trim());
  if (!match || (match[1] === "" && match[2] === "")) return { kind: "all" };

  const [, from = "", to = ""] = match;
  const first = from === "" ? Math.max(0, size_bytes - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size_bytes - 1 : Math.min(Number(to), size_bytes - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return { kind: "all" };
  if (first >= size_bytes || last < first) return { kind: "unsatisfiable" };
  return { kind: "part", first, last };
}

function names(list: string, etag: string): boolean {
  return list.trim() === "*" || list.split(",").some((item) => item.trim() === etag);
}
