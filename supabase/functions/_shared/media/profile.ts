/**
 * The rules for videos, each as a check with what to do. `tiktok` is what TikTok takes
 * (https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide); `directive` is the
 * narrower set that Nexus asks of its users by default.
 */

import type { Check } from "../contract/post.ts";
import { MAX_VIDEO_BYTES } from "../tiktok/index.ts";
import type { VideoFacts } from "./inspect.ts";

type Profile = {
  containers: readonly VideoFacts["container"][];
  codecs: readonly string[];
  min_duration_seconds: number;
  max_duration_seconds: number;
  min_width: number;
  min_height: number;
  max_side: number;
  portrait_9_16: boolean;
};

export const PROFILES: Readonly<Record<"directive" | "tiktok", Profile>> = {
  directive: {
    containers: ["mp4", "mov"],
    codecs: ["avc"],
    min_duration_seconds: 15,
    max_duration_seconds: 600,
    min_width: 540,
    min_height: 960,
    max_side: 4096,
    portrait_9_16: true,
  },
  tiktok: {
    containers: ["mp4", "mov", "webm"],
    codecs: ["avc", "hevc", "vp8", "vp9"],
    // TikTok's guide names no minimum.
    min_duration_seconds: 0,
    max_duration_seconds: 600,
    min_width: 360,
    min_height: 360,
    max_side: 4096,
    portrait_9_16: false,
  },
};

const MIN_FRAME_RATE = 23;
const MAX_FRAME_RATE = 60;
/** Encoders round: 23.976 and 59.94 are meant, and 60.0004 is measured. */
const FRAME_RATE_TOLERANCE = 0.05;
/** 9:16 to within two pixels of a small video. */
const ASPECT_TOLERANCE = 0.01;
/** A video of exactly 15 s or 10 min may be a frame off. */
const DURATION_TOLERANCE_SECONDS = 0.05;
/** What TikTok's own apps take; the API takes more. */
const APP_SIZE_LIMITS = [["iOS", 287_000_000], ["Android", 72_000_000]] as const;

const CODEC_NAMES: Readonly<Record<string, string>> = {
  avc: "H.264",
  hevc: "H.265",
  vp8: "VP8",
  vp9: "VP9",
  av1: "AV1",
};

/** Every rule, kept or not. `path` is the field of the post that the caller can change. */
export function checkVideo(
  facts: VideoFacts,
  profile_name: keyof typeof PROFILES,
  path: string,
): Check[] {
  const profile = PROFILES[profile_name];
  const rule = (name: string, ok: boolean, message: string): Check => ({
    name,
    ok,
    severity: "error",
    path,
    message,
  });
  const seconds = facts.duration_seconds;
  const codec = CODEC_NAMES[facts.codec ?? ""] ?? facts.codec ?? "unknown";
  return [
    rule(
      "container",
      profile.containers.includes(facts.container),
      `The file is ${facts.container.toUpperCase()}; use ${
        list(profile.containers).toUpperCase()
      }.`,
    ),
    rule(
      "whole",
      !facts.is_cut_off,
      facts.is_cut_off
        ? "The file ends before its video does: it was cut off on its way. Export or copy it again."
        : "The file has all of its video.",
    ),
    rule(
      "codec",
      profile.codecs.includes(facts.codec ?? ""),
      `The video is ${codec}; use ${
        list(profile.codecs.map((name) => CODEC_NAMES[name] ?? name))
      }.`,
    ),
    rule(
      "duration",
      seconds >= profile.min_duration_seconds - DURATION_TOLERANCE_SECONDS &&
        seconds <= profile.max_duration_seconds + DURATION_TOLERANCE_SECONDS,
      `The video lasts ${
        seconds.toFixed(1)
      } s; it must last ${profile.min_duration_seconds} to ${profile.max_duration_seconds} s.`,
    ),
    rule(
      "resolution",
      facts.width >= profile.min_width && facts.height >= profile.min_height &&
        Math.max(facts.width, facts.height) <= profile.max_side,
      `The picture is ${facts.width}x${facts.height}; it must have at least ${profile.min_width}x${profile.min_height} pixels, and no side above ${profile.max_side}.`,
    ),
    ...(profile.portrait_9_16
      ? [rule(
        "aspect_ratio",
        Math.abs(facts.width / facts.height - 9 / 16) <= ASPECT_TOLERANCE,
        `The picture is ${facts.width}x${facts.height}; it must be upright, 9:16.`,
      )]
      : []),
    rule(
      "frame_rate",
      facts.frames_per_second >= MIN_FRAME_RATE - FRAME_RATE_TOLERANCE &&
        facts.frames_per_second <= MAX_FRAME_RATE + FRAME_RATE_TOLERANCE,
      `The video has ${
        facts.frames_per_second.toFixed(2)
      } frames a second; it must have ${MIN_FRAME_RATE} to ${MAX_FRAME_RATE}.`,
    ),
    ...checkSize(facts.size_bytes, path),
  ];
}

/** The API's hard limit, and the apps' own as advice. */
export function checkSize(size_bytes: number, path: string): Check[] {
  const megabytes = (size_bytes / 1_000_000).toFixed(1);
  return [
    {
      name: "size",
      ok: size_bytes > 0 && size_bytes <= MAX_VIDEO_BYTES,
      severity: "error",
      path,
      message: `The file has ${size_bytes} bytes; it must have 1 to ${MAX_VIDEO_BYTES}.`,
    },
    ...APP_SIZE_LIMITS.map(([app, limit_bytes]): Check => ({
      name: `size_${app.toLowerCase()}`,
      ok: size_bytes <= limit_bytes,
      severity: "advice",
      path,
      message: `The file has ${megabytes} MB; TikTok's ${app} app takes ${
        limit_bytes / 1_000_000
      } MB. Through Nexus it can be posted all the same.`,
    })),
  ];
}

/** A file that is no readable video breaks the first rule of all. */
export function unreadableVideo(path: string): Check {
  return {
    name: "container",
    ok: false,
    severity: "error",
    path,
    message: "The file is not a video that can be read. Export it as MP4 with H.264.",
  };
}

function list(values: readonly string[]): string {
  return values.length < 2
    ? values.join("")
    : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}
