/** `analytics`: an account's figures and those of its videos. */

import {
  analyticsAnswer,
  analyticsQuery,
  type ProfileFigures,
} from "../../../supabase/functions/_shared/contract/analytics.ts";
import { parseInput } from "../../../supabase/functions/_shared/http/body.ts";
import { callFunction } from "../call.ts";
import { chooseConnection } from "../connections.ts";
import type { Command } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { NO_CONNECTION, parseOptions } from "../post_form.ts";
import type { Printer } from "../printer.ts";
import { signIn } from "../session.ts";

type Count = number | null;

export const analytics: Command = async (values, runtime) => {
  const named = values.text("connection");
  const given = values.text("days");
  const { days } = parseOptions(() =>
    parseInput(analyticsQuery, {
      connection_id: named ?? NO_CONNECTION,
      ...(given === undefined ? {} : { days: given }),
    })
  );
  const session = await signIn(runtime, await findPlace(runtime));
  const connection_id = await chooseConnection(session, named);
  const request = {
    method: "GET" as const,
    path: `tiktok-analytics?connection_id=${connection_id}&days=${days}`,
  };
  const answer = await callFunction(runtime, session, request, analyticsAnswer);
  const { profile, videos, missing_scopes } = answer;
  return {
    ok: true,
    document: { connection_id, days, ...answer },
    show(printer) {
      showProfile(printer, profile, days);
      for (const { title, id, create_time, ...counts } of videos) {
        printer.line();
        printer.table([
          ["video", title || id],
          ["posted", create_time],
          ["views", counts.view_count],
          ["likes", counts.like_count],
          ["comments", counts.comment_count],
          ["shares", counts.share_count],
        ]);
      }
      if (missing_scopes.length > 0) {
        printer.line();
        printer.line(`Not granted: ${missing_scopes.join(", ")}. Connect again to allow more.`);
      }
    },
  };
};

function showProfile(
  printer: Printer,
  { taken_at, change, ...counts }: ProfileFigures,
  days: number,
): void {
  const show = (count: Count, more: Count | undefined) =>
    count === null || !more ? count : `${count} (${more > 0 ? "+" : ""}${more} in ${days} days)`;
  printer.table([
    ["followers", show(counts.follower_count, change?.follower_count)],
    ["following", show(counts.following_count, change?.following_count)],
    ["likes", show(counts.likes_count, change?.likes_count)],
    ["videos", show(counts.video_count, change?.video_count)],
    ["read at", taken_at],
  ]);
}
