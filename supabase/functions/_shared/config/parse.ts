/** Parts of settings, for the schemas of the environment's values. */

import { z } from "zod";

/** A transform that turns a thrown message into an issue. */
export function checked<In, Out>(parse: (value: In) => Out) {
  return (value: In, context: z.RefinementCtx): Out => {
    try {
      return parse(value);
    } catch (error) {
      const message = error instanceof Error ? error.message : "is malformed";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
  };
}

/** A whole number from 1 to `most`; `fallback` if unset. */
export const whole = (fallback: number, most: number) =>
  z.string().regex(/^\d+$/, "must be a whole number").transform(Number)
    .refine((n) => n >= 1 && n <= most, `must be 1 to ${most}`).default(fallback);

export function jsonOf<Schema extends z.ZodType>(schema: Schema) {
  return z.string().transform(checked((text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      // The parser's message quotes the text, which may be a secret.
      throw new Error("is not JSON");
    }
  })).pipe(schema);
}
