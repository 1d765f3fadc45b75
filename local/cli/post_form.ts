/** The options of `upload` and `post` as the request that the functions take. */

import {
  type Media,
  type PublishRequest,
  publishRequest,
} from "../../supabase/functions/_shared/contract/post.ts";
import { parseInput } from "../../supabase/functions/_shared/http/body.ts";
import { Problem } from "../../supabase/functions/_shared/http/problem.ts";
import type { Values } from "./arguments.ts";
import { wrongUsage } from "./failure.ts";

export type PostForm = {
  /** The path of `--video`; null for a URL. */
  file: string | null;
  /** The request but for what only a server knows: the connection, and where the file lies in Storage. */
  request: PublishRequest;
};

/** Stands for the connection until Nexus was asked which there are. */
export const NO_CONNECTION = "00000000-0000-0000-0000-000000000000";

export function storedVideo(path: string): Media {
  return { type: "video", source: { kind: "storage", bucket: "videos", path } };
}

export function readDraftForm(values: Values): PostForm {
  const file = values.text("video");
  if (!file) throw wrongUsage("upload needs --video FILE.");
  return { file, request: parseRequest(values, storedVideo("video"), { mode: "draft" }) };
}

export function readPostForm(values: Values): PostForm {
  const file = values.text("video");
  const url = values.text("url");
  const transfer = values.text("transfer");
  if ((file === undefined) === (url === undefined)) {
    throw wrongUsage("post needs exactly one of --video FILE and --url URL.");
  }
  if (file === "") throw wrongUsage("--video needs a file.");
  if (file !== undefined && transfer !== undefined) {
    throw wrongUsage("--transfer belongs to --url: a file is always uploaded.");
  }
  const missing = ["caption", "privacy"].filter((name) => values.text(name) === undefined);
  if (missing.length > 0) {
    const names = missing.map((name) => `--${name}`).join(" and ");
    throw wrongUsage(
      `post needs ${names}. ${missing.length === 1 ? "It has no" : "Neither has a"} default.`,
    );
  }
  const media = url === undefined
    ? storedVideo("video")
    : { type: "video", source: { kind: "url", url, transfer: transfer ?? "pull" } };
  const request = parseRequest(values, media, {
    mode: "direct",
    post: {
      caption: values.text("caption"),
      privacy_level: values.text("privacy")?.toUpperCase(),
      allow_comment: values.on("allow-comment"),
      allow_duet: values.on("allow-duet"),
      allow_stitch: values.on("allow-stitch"),
      cover_timestamp_ms: values.number("cover-ms", 0),
      brand_organic: values.on("brand-organic"),
      brand_content: values.on("brand-content"),
      ai_generated: values.on("ai-generated"),
    },
    scheduled_at: values.text("schedule"),
  });
  return { file: file ?? null, request };
}

function parseRequest(values: Values, media: unknown, rest: object): PublishRequest {
  const connection_id = values.text("connection") ?? NO_CONNECTION;
  return parseOptions(() => parseInput(publishRequest, { connection_id, media, ...rest }));
}

/** What a function would answer with a 400 is wrong usage here, found before anything is sent. */
export function parseOptions<Output>(parse: () => Output): Output {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw wrongUsage("An option has a value that cannot be.", error.options.errors);
  }
}
