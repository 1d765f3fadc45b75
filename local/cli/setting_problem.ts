/** What is wrong with a setting, for who reads it at a terminal. */

import { z } from "zod";
import { TIKTOK_SETTINGS } from "../../supabase/functions/_shared/platform/tiktok_settings.ts";

/** One of a few values is told by its schema: the parser's own words of it are for programmers. */
export function describeProblem(
  { name, problem }: { name: string; problem: string },
  is_set: boolean,
): string {
  const choices = is_set ? choicesOf(name) : [];
  return choices.length === 0 ? problem : `must be ${choices.join(" or ")}`;
}

function choicesOf(name: string): string[] {
  const schemas: Readonly<Record<string, z.ZodType>> = TIKTOK_SETTINGS;
  const schema = schemas[name];
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodEnum ? inner.options.map(String) : [];
}
