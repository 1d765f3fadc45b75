/** Fields that several requests and answers share. */

import { z } from "zod";

export const uuid = z.string().regex(
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  "must be a UUID",
).toLowerCase();

/** ISO 8601 in UTC. */
export const timestamp = z.iso.datetime();

/** How many rows a tick of the schedule claims at most. */
export const scheduleRequest = z.strictObject({
  limit: z.int("must be a whole number").min(1, "must be 1 to 100").max(100, "must be 1 to 100")
    .default(25).describe("How many rows are claimed at most."),
});
