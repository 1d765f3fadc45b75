import { invalid } from "./failures.ts";

/** Writes a bigint as the bare digits, as TikTok does with its 19-digit ids. */
export function toJson(value: unknown): string {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  return JSON.stringify(
    value,
    (_key, member) => typeof member === "bigint" ? rawJSON(String(member)) : member,
  );
}

type Json = Record<string, unknown>;
type Check = (value: unknown, name: string) => void;

/** Fails unless the object has exactly known members, each in its form. */
export function checkMembers(
  object: Json,
  required: Record<string, Check>,
  optional: Record<string, Check> = {},
): void {
  for (const [name, value] of Object.entries(object)) {
    const checks = Object.hasOwn(required, name) ? required : optional;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    // TikTok may pass over a member that it does not know; here a typo is an error.
    if (check === undefined) throw invalid(`unknown member ${name}`);
    check(value, name);
  }
  for (const name of Object.keys(required)) {
    if (!(name in object)) throw invalid(`${name} is missing`);
  }
}

export const isBoolean: Check = (value, name) => {
  if (typeof value !== "boolean") throw invalid(`${name} is not a boolean`);
};

export const isObject: Check = (value, name) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`${name} is not an object`);
  }
};

/** Length in UTF-16 units, which is what TikTok counts. */
export function isText(max_units = Infinity): Check {
  return (value, name) => {
    if (typeof value !== "string") throw invalid(`${name} is not a string`);
    if (value.length > max_units) throw invalid(`${name} is longer than ${max_units}`);
  };
}

export function isInteger(min: number, max: number): Check {
  return (value, name) => {
    if (!Number.isSafeInteger(value)) throw invalid(`${name} is not an integer`);
    if ((value as number) < min || (value as number) > max) {
      throw invalid(`${name} is not within ${min} and ${max}`);
    }
  };
}

export function isTextList(min: number, max: number): Check {
  return (value, name) => {
    if (!Array.isArray(value) || value.some((entry) => typeof entry !== "string")) {
      throw invalid(`${name} is not a list of strings`);
    }
    if (value.length < min || value.length > max) throw invalid(`${name} has a wrong length`);
  };
}
