/** The checks of a post's text and of what the creator's account allows; and the request's hash. */

import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type Media,
  type PostInfo,
  publishRequest,
} from "../../supabase/functions/_shared/contract/post.ts";
import { checkCreator, checkPost } from "../../supabase/functions/_shared/post/checks.ts";
import { rejectionOf } from "../../supabase/functions/_shared/post/preflight.ts";
import { hashRequest } from "../../supabase/functions/_shared/post/request_hash.ts";
import type { Creator } from "../../supabase/functions/_shared/tiktok/index.ts";

const VIDEO = {
  type: "video",
  source: { kind: "storage", bucket: "videos", path: "a/b.mp4" },
} satisfies Media as Media;
const PHOTOS = {
  type: "photos",
  urls: ["https://a.example/1.jpg"],
  cover_index: 0,
} satisfies Media as Media;
const POST: PostInfo = {
  privacy_level: "PUBLIC_TO_EVERYONE",
  allow_comment: false,
  allow_duet: false,
  allow_stitch: false,
  brand_organic: false,
  brand_content: false,
  ai_generated: false,
};
const CREATOR: Creator = {
  nickname: "n",
  username: "u",
  avatar_url: "https://a.example/a.jpg",
  privacy_level_options: ["PUBLIC_TO_EVERYONE", "SELF_ONLY"],
  comment_disabled: false,
  duet_disabled: false,
  stitch_disabled: false,
  max_video_duration_seconds: 60,
};

const failed = (checks: { name: string; ok: boolean; path: string }[]) =>
  checks.filter(({ ok }) => !ok).map(({ path }) => path);
const textPaths = (media: Media, change: Partial<PostInfo>) =>
  failed(checkPost(media, { ...POST, ...change }, []));
const creatorPaths = (
  change: Partial<Creator>,
  post: Partial<PostInfo> = {},
  seconds: number | null = 30,
  media = VIDEO,
) => failed(checkCreator({ ...CREATOR, ...change }, media, { ...POST, ...post }, seconds));

Deno.test("text is counted in UTF-16 units", async (t) => {
  const lines: [string, Media, Partial<PostInfo>, string[]][] = [
    ["2200 for a video", VIDEO, { caption: "a".repeat(2200) }, []],
    ["2201 for a video", VIDEO, { caption: "a".repeat(2201) }, ["post.caption"]],
    ["1100 emoji", VIDEO, { caption: "😀".repeat(1100) }, []],
    ["1101 emoji", VIDEO, { caption: "😀".repeat(1101) }, ["post.caption"]],
    ["4000 for photos", PHOTOS, { caption: "a".repeat(4000) }, []],
    ["4001 for photos", PHOTOS, { caption: "a".repeat(4001) }, ["post.caption"]],
    ["a title of 90", PHOTOS, { title: "a".repeat(90) }, []],
    ["a title of 91", PHOTOS, { title: "a".repeat(91) }, ["post.title"]],
    ["no caption at all", VIDEO, {}, []],
    ["branded and public", VIDEO, { brand_content: true }, []],
    ["branded and private", VIDEO, { brand_content: true, privacy_level: "SELF_ONLY" }, [
      "post.privacy_level",
    ]],
    ["one's own brand in private", VIDEO, { brand_organic: true, privacy_level: "SELF_ONLY" }, []],
  ];
  for (const [what, media, change, paths] of lines) {
    await t.step(what, () => deepStrictEqual(textPaths(media, change), paths));
  }
});

Deno.test("photos by count and form of the address", async (t) => {
  const urls = (
    count: number,
    url = "https://a.example/1.jpg",
  ): Media => ({ ...PHOTOS, urls: Array(count).fill(url) } as Media);
  await t.step("35", () => deepStrictEqual(failed(checkPost(urls(35), POST, [])), []));
  await t.step("36", () => deepStrictEqual(failed(checkPost(urls(36), POST, [])), ["media.urls"]));
  await t.step("plain http", () => {
    deepStrictEqual(failed(checkPost(urls(1, "http://a.example/1.jpg"), POST, [])), [
      "media.urls.0",
    ]);
  });
});

Deno.test("what the creator's options tell", async (t) => {
  const lines: [string, string[], string[]][] = [
    ["all in order", creatorPaths({}), []],
    [
      "an audience that is not offered",
      creatorPaths({}, { privacy_level: "MUTUAL_FOLLOW_FRIENDS" }),
      ["post.privacy_level"],
    ],
    ["comments off, and not wanted", creatorPaths({ comment_disabled: true }), []],
    [
      "comments off, and wanted",
      creatorPaths({ comment_disabled: true }, { allow_comment: true }),
      ["post.allow_comment"],
    ],
    ["duets off, and wanted", creatorPaths({ duet_disabled: true }, { allow_duet: true }), [
      "post.allow_duet",
    ]],
    ["stitches off, and wanted", creatorPaths({ stitch_disabled: true }, { allow_stitch: true }), [
      "post.allow_stitch",
    ]],
    [
      "photos have neither duet nor stitch",
      creatorPaths({ duet_disabled: true }, { allow_duet: true }, null, PHOTOS),
      [],
    ],
    ["as long as the account may", creatorPaths({}, {}, 60), []],
    ["longer", creatorPaths({}, {}, 60.5), ["media.source"]],
    ["of unknown length", creatorPaths({}, {}, null), []],
  ];
  for (const [what, found, expected] of lines) {
    await t.step(what, () => deepStrictEqual(found, expected));
  }
});

Deno.test("a rejection lists errors, not advice; none is null", () => {
  const check = { name: "n", path: "p", message: "m" };
  strictEqual(
    rejectionOf([{ ...check, ok: true, severity: "error" }, {
      ...check,
      ok: false,
      severity: "advice",
    }]),
    null,
  );
  const problem = rejectionOf([
    { ...check, ok: false, severity: "error" },
    { ...check, path: "q", ok: false, severity: "error" },
    { ...check, path: "r", ok: false, severity: "advice" },
  ]);
  strictEqual(problem?.code, "media_rejected");
  deepStrictEqual(problem?.options.errors, [{ path: "p", message: "m" }, {
    path: "q",
    message: "m",
  }]);
});

Deno.test("two requests have one hash if and only if they ask for the same", async (t) => {
  const request = {
    connection_id: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    media: { type: "video", source: { kind: "storage", bucket: "videos", path: "a/b.mp4" } },
    mode: "direct",
    post: { caption: "x", privacy_level: "SELF_ONLY" },
    idempotency_key: "k",
  };
  const hash = (change: object) => hashRequest(publishRequest.parse({ ...request, ...change }));
  const first = await hash({});
  await t.step(
    "dry_run is no part of it",
    async () => strictEqual(await hash({ dry_run: true }), first),
  );
  await t.step("nor the order of members, at any depth", async () => {
    const reversed = (value: unknown): unknown =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
          Object.entries(value).reverse().map(([name, inner]) => [name, reversed(inner)]),
        )
        : value;
    strictEqual(await hashRequest(publishRequest.parse(reversed(request))), first);
  });
  await t.step("the order of photos is", async () => {
    const photos = (urls: string[]) => hash({ media: { type: "photos", urls } });
    notStrictEqual(
      await photos(["https://a.example/1", "https://a.example/2"]),
      await photos(["https://a.example/2", "https://a.example/1"]),
    );
  });
  await t.step("any other caption is another hash", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (caption) => {
        fc.pre(caption !== "x");
        notStrictEqual(await hash({ post: { ...request.post, caption } }), first);
      }),
      { numRuns: 50 },
    );
  });
  await t.step("a text does not spill over into its neighbour", async () => {
    const photo = (title: string, caption: string) =>
      hash({
        media: { type: "photos", urls: ["https://a.example/1"] },
        post: { title, caption, privacy_level: "SELF_ONLY" },
      });
    notStrictEqual(await photo('a","caption":"b', "c"), await photo("a", 'b","title":"c'));
  });
});
