import { z } from "zod";
import { isIntact } from "./exact_json.ts";

/**
 * Building blocks of the answers' schemas. What we can go on without reads as null where it is absent,
 * blank or malformed, so that one odd field never costs all the rest.
 */

export const OptionalText = z.string().nullish().catch(null).transform((text) => text || null);

/** Zero up to 2^53; digits may come as text. */
export const OptionalCount = z.union([z.number(), z.string().regex(/^\d{1,16}$/).transform(Number)])
  .pipe(z.number().int().nonnegative()).nullable().catch(null);

/** Up to the end of the year 9999, the last that ISO 8601 writes with four digits. */
export const OptionalUnixSeconds = OptionalCount
  .transform((seconds) => seconds !== null && seconds <= 253_402_300_799 ? seconds : null);

export const OptionalFlag = z.boolean().nullable().catch(null);

/** Text that names something, as it was sent. */
export const IdText = z.string().min(1).max(256).refine(isIntact);

/** An id that may come as a number; digits beyond 2^53 are text already, thanks to `parseExactJson`. */
export const Id = z.union([z.string(), z.number().int().nonnegative()]).transform(String)
  .pipe(IdText);
