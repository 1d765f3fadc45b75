import { z } from "zod";

/** Building blocks of the answers' schemas: absent, null and blank all read as null. */

export const OptionalText = z.string().nullish().transform((text) => text ? text : null);

export const OptionalCount = z.number().int().nullish().transform((count) => count ?? null);

export const OptionalFlag = z.boolean().nullish().transform((flag) => flag ?? null);

/** An id that may come as a number; digits beyond 2^53 are text already, thanks to `parseExactJson`. */
export const Id = z.union([z.string(), z.number().int().nonnegative()]).transform(String)
  .pipe(z.string().min(1).max(256));
