/** The rules for videos: what each profile takes, at the very edges. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { VideoFacts } from "../../supabase/functions/_shared/media/inspect.ts";
import { checkSize, checkVideo } from "../../supabase/functions/_shared/media/profile.ts";

const PATH = "media.source.path";
const GOOD: VideoFacts = {
  container: "mp4",
  codec: "avc",
  duration_seconds: 60,
  width: 1080,
  height: 1920,
  frames_per_second: 30,
  size_bytes: 10_000_000,
  is_cut_off: false,
};

const broken = (change: Partial<VideoFacts>, profile: "directive" | "tiktok") =>
  checkVideo({ ...GOOD, ...change }, profile, PATH)
    .filter(({ ok, severity }) => !ok && severity === "error").map(({ name }) => name);

const LINES: [string, Partial<VideoFacts>, string[], string[]][] = [
  // what, facts, broken under `directive`, broken under `tiktok`
  ["a good one", {}, [], []],
  ["MOV", { container: "mov" }, [], []],
  ["WebM", { container: "webm", codec: "vp9" }, ["container", "codec"], []],
  ["cut off", { is_cut_off: true }, ["whole"], ["whole"]],
  ["another container", { container: "other" }, ["container"], ["container"]],
  ["H.265", { codec: "hevc" }, ["codec"], []],
  ["AV1", { codec: "av1" }, ["codec"], ["codec"]],
  ["no codec that is known", { codec: null }, ["codec"], ["codec"]],
  ["14.9 s", { duration_seconds: 14.9 }, ["duration"], []],
  ["15 s less a frame", { duration_seconds: 14.967 }, [], []],
  ["10 min", { duration_seconds: 600 }, [], []],
  ["10 min and a second", { duration_seconds: 601 }, ["duration"], ["duration"]],
  ["540x960", { width: 540, height: 960 }, [], []],
  ["539x958", { width: 539, height: 958 }, ["resolution"], []],
  ["360x640", { width: 360, height: 640 }, ["resolution"], []],
  ["359x640", { width: 359, height: 640 }, ["resolution"], ["resolution"]],
  ["4097 high", { width: 2304, height: 4097 }, ["resolution"], ["resolution"]],
  ["landscape", { width: 1920, height: 1080 }, ["aspect_ratio"], []],
  ["square", { width: 1080, height: 1080 }, ["aspect_ratio"], []],
  ["9:16 to a pixel", { width: 608, height: 1080 }, [], []],
  ["23.976 fps", { frames_per_second: 23.976 }, [], []],
  ["22.9 fps", { frames_per_second: 22.9 }, ["frame_rate"], ["frame_rate"]],
  ["60 fps as measured", { frames_per_second: 60.0004 }, [], []],
  ["61 fps", { frames_per_second: 61 }, ["frame_rate"], ["frame_rate"]],
  ["4,000,000,000 bytes", { size_bytes: 4_000_000_000 }, [], []],
  ["one byte more", { size_bytes: 4_000_000_001 }, ["size"], ["size"]],
  ["nothing in it", { size_bytes: 0 }, ["size"], ["size"]],
  [
    "everything wrong",
    {
      container: "other",
      codec: null,
      duration_seconds: 700,
      width: 10,
      height: 10,
      frames_per_second: 1,
      size_bytes: 0,
    },
    ["container", "codec", "duration", "resolution", "aspect_ratio", "frame_rate", "size"],
    ["container", "codec", "duration", "resolution", "frame_rate", "size"],
  ],
];

for (const [what, facts, directive, tiktok] of LINES) {
  Deno.test(`${what}: ${directive.join(", ") || "fine"} (directive), ${tiktok.join(", ") || "fine"} (tiktok)`, () => {
    deepStrictEqual(broken(facts, "directive"), directive);
    deepStrictEqual(broken(facts, "tiktok"), tiktok);
  });
}

Deno.test("the apps' own limits are advice: 287 MB for iOS, 72 MB for Android", () => {
  const advice = (size_bytes: number) =>
    checkSize(size_bytes, PATH).filter(({ severity, ok }) => severity === "advice" && !ok).map((
      { name },
    ) => name);
  deepStrictEqual(advice(72_000_000), []);
  deepStrictEqual(advice(72_000_001), ["size_android"]);
  deepStrictEqual(advice(287_000_000), ["size_android"]);
  deepStrictEqual(advice(287_000_001), ["size_ios", "size_android"]);
});

Deno.test("a check says what is, what must be, and where", () => {
  for (
    const check of checkVideo(
      { ...GOOD, duration_seconds: 3, width: 320, height: 240 },
      "directive",
      PATH,
    )
  ) {
    strictEqual(check.path, PATH);
    ok(check.message.length > 10);
  }
});
