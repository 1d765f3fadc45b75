/** `refresh`: one tick of the schedule's refresh, now. */

import { refreshAnswer } from "../../../supabase/functions/_shared/contract/connection.ts";
import { scheduleRequest } from "../../../supabase/functions/_shared/contract/fields.ts";
import { parseInput } from "../../../supabase/functions/_shared/http/body.ts";
import { callAsSchedule } from "../call.ts";
import type { Command } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { parseOptions } from "../post_form.ts";

export const refresh: Command = async (values, runtime) => {
  const limit = values.number("limit", 1);
  const body = parseOptions(() =>
    parseInput(scheduleRequest, limit === undefined ? {} : { limit })
  );
  const request = { method: "POST" as const, path: "tiktok-refresh", body };
  const answer = await callAsSchedule(runtime, await findPlace(runtime), request, refreshAnswer);
  return {
    ok: true,
    document: answer,
    show(printer) {
      printer.table(Object.entries(answer));
      if (answer.claimed === body.limit) {
        printer.line("As many as --limit allows were due: there may be more.");
      }
    },
  };
};
