/** The client's types, as the compiler sees them: `deno task check` is what fails here. */

import type { z } from "zod";
import type * as client from "../../client/src/index.ts";
import type * as analytics from "../../supabase/functions/_shared/contract/analytics.ts";
import type * as connection from "../../supabase/functions/_shared/contract/connection.ts";
import type * as creator from "../../supabase/functions/_shared/contract/creator.ts";
import type * as post from "../../supabase/functions/_shared/contract/post.ts";
import type { problem } from "../../supabase/functions/_shared/contract/problem.ts";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import type { SupabaseClient } from "@supabase/supabase-js";

type Fits<Value, Type> = [Value] extends [Type] ? true : false;
type Same<A, B> = [A] extends [B] ? Fits<B, A> : false;
const holds = <_Claim extends true>() => {};

Deno.test("what the functions answer is what the client says it is", () => {
  holds<Same<client.Authorization, z.output<typeof connection.initiateAnswer>>>();
  holds<Same<client.Creator, z.output<typeof creator.creatorAnswer>["creator"]>>();
  holds<Same<client.Job, z.output<typeof post.job>>>();
  holds<Same<client.Check, z.output<typeof post.check>>>();
  holds<Same<client.Problem, z.output<typeof problem>>>();
  holds<Same<client.Analytics, z.output<typeof analytics.analyticsAnswer>>>();
  // The functions' type names no platform's capabilities.
  holds<Fits<client.Connection, z.output<typeof connection.connection>>>();
});

Deno.test("what the client sends is what the functions take", () => {
  holds<Same<client.InitiateRequest, z.input<typeof connection.initiateRequest>>>();
  holds<Fits<client.DirectPost | client.DraftPost, z.input<typeof post.publishRequest>>>();
  holds<Fits<client.StoredPost, z.input<typeof post.publishRequest>>>();
  // In any post that the functions take, each field is one that the client knows.
  holds<Same<keyof z.input<typeof post.publishRequest>, keyof client.DirectPost>>();
  holds<Same<client.PostInfo, z.input<typeof post.postInfo>>>();
});

Deno.test("a SupabaseClient of any database is taken", () => {
  holds<Fits<SupabaseClient, client.Supabase>>();
  holds<Fits<SupabaseClient<Database>, client.Supabase>>();
});

/** Compiled, never run. */
export async function mistakes(tiktok: client.TikTokClient, file: Blob): Promise<void> {
  const connection_id = "c";
  const media: client.NewMedia = { type: "video", source: { kind: "file", file } };

  await tiktok.publish({ connection_id, media, mode: "draft" });
  await tiktok.publish({ connection_id, media, mode: "direct", post: { privacy_level: "X" } });

  // @ts-expect-error: a direct post says who may see it
  await tiktok.publish({ connection_id, media, mode: "direct", post: { caption: "x" } });
  // @ts-expect-error: a direct post has a post
  await tiktok.publish({ connection_id, media, mode: "direct" });
  // @ts-expect-error: a draft has none
  await tiktok.publish({ connection_id, media, mode: "draft", post: { privacy_level: "X" } });
  const photos: client.PhotosMedia = { type: "photos", urls: ["https://nexus.example.com/1.jpg"] };
  const direct = { connection_id, mode: "direct", media: photos } as const;
  const either = Math.random() < 0.5 ? media : photos;
  const privacy_level = "X";
  await tiktok.publish({ ...direct, post: { privacy_level, title: "x" } });
  await tiktok.publish({ ...direct, media, post: { privacy_level, allow_duet: true } });
  await tiktok.publish({ ...direct, media: either, post: { privacy_level, caption: "x" } });
  // @ts-expect-error: a video has no title
  await tiktok.publish({ ...direct, media, post: { privacy_level, title: "x" } });
  // @ts-expect-error: there are no duets with photos
  await tiktok.publish({ ...direct, post: { privacy_level, allow_duet: true } });
  // @ts-expect-error: nor are they stitched
  await tiktok.check({ ...direct, post: { privacy_level, allow_stitch: true } });
  // @ts-expect-error: nor labelled
  await tiktok.publish({ ...direct, post: { privacy_level, ai_generated: true } });
  // @ts-expect-error: the cover of photos is a photo
  await tiktok.publish({ ...direct, post: { privacy_level, cover_timestamp_ms: 1 } });
  // @ts-expect-error: what may be photos has no duets either
  await tiktok.publish({ ...direct, media: either, post: { privacy_level, allow_duet: true } });
  // @ts-expect-error: there is no such field
  await tiktok.publish({ connection_id, media, mode: "draft", caption: "x" });
  // @ts-expect-error: there is no such mode
  await tiktok.publish({ connection_id, media, mode: "story" });
  // @ts-expect-error: a check is made of what the functions can reach
  await tiktok.check({ connection_id, media, mode: "draft" });
  // @ts-expect-error: an address is pulled or relayed, and one has to say which
  media.source = { kind: "url", url: "https://nexus.example.com/v.mp4" };
  // @ts-expect-error: there may be nothing to complete
  (await tiktok.completeConnection()).id;
}
