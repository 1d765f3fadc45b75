/**
 * What is wrong with an input, in plain words instead of zod's: lower case, no full stop, as in the
 * schemas' own messages, which come before these. Imported for its effect.
 */

import { z } from "zod";

z.config({ localeError });

const TYPES: Readonly<Record<string, string>> = {
  string: "must be a text",
  number: "must be a number",
  int: "must be a whole number",
  boolean: "must be true or false",
  array: "must be a list",
  object: "must be a JSON object",
  record: "must be a JSON object",
};

const FORMATS: Readonly<Record<string, string>> = {
  uuid: "must be a UUID",
  url: "must be a URL",
  datetime: "must be ISO 8601",
};

const UNITS: Readonly<Record<string, string>> = {
  string: " characters",
  array: " items",
};

/** The words for one issue: what the field must be. */
export function localeError(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is required";
      return TYPES[isOfWholeNumber(issue) ? "int" : issue.expected] ?? "is malformed";
    case "invalid_value":
      return chooseOf(issue.values, issue.input);
    case "invalid_union": {
      const { discriminator, options } = issue;
      if (discriminator === undefined || !Array.isArray(options)) return "is malformed";
      return chooseOf(options, (issue.input as Record<string, unknown>)[discriminator]);
    }
    case "too_small":
      return issue.minimum === 1 && issue.origin in UNITS
        ? "must not be empty"
        : bound("least", issue.origin, issue.minimum);
    case "too_big":
      return bound("most", issue.origin, issue.maximum);
    case "invalid_format":
      return FORMATS[issue.format] ?? "is malformed";
    case "unrecognized_keys":
      return "is not a field of this request";
    default:
      return "is malformed";
  }
}

/** A schema of whole numbers says of a text that it is no number, which is half of it. */
function isOfWholeNumber({ expected, inst }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>) {
  return expected === "number" && inst instanceof z.ZodNumberFormat;
}

function chooseOf(values: readonly unknown[], input: unknown): string {
  const choices = values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
  return input === undefined ? `is required: ${choices}` : `must be ${choices}`;
}

function bound(what: "least" | "most", origin: string, limit: number | bigint): string {
  const unit = UNITS[origin];
  return unit === undefined
    ? `must be at ${what} ${limit}`
    : `must have at ${what} ${limit}${unit}`;
}
