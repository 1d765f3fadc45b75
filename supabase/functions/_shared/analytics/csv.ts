/** Figures as CSV (RFC 4180): a row a reading, so that a spreadsheet can draw them as they are. */

import type { AnalyticsAnswer, ProfileFigures, VideoFigures } from "../contract/analytics.ts";

const COLUMNS = [
  "kind",
  "taken_at",
  "follower_count",
  "following_count",
  "likes_count",
  "video_count",
  "video_id",
  "job_id",
  "title",
  "create_time",
  "share_url",
  "view_count",
  "like_count",
  "comment_count",
  "share_count",
] as const;

type Row = Partial<Record<typeof COLUMNS[number], string | number | null>>;

/** The account's own readings first, then each video's, newest video first, oldest reading first. */
export function toCsv({ profile, videos }: AnalyticsAnswer): string {
  const rows = [...profileRows(profile), ...videos.flatMap(videoRows)];
  const lines = [COLUMNS, ...rows.map((row) => COLUMNS.map((name) => row[name] ?? null))];
  return lines.map((cells) => cells.map(toCell).join(",") + "\r\n").join("");
}

function profileRows({ series }: ProfileFigures): Row[] {
  return series.map((point) => ({ kind: "profile", ...point }));
}

/** A video that was not read in the period has one row, of the last time that it was. */
function videoRows(video: VideoFigures): Row[] {
  const { id, job_id, title, create_time, share_url } = video;
  const { taken_at, view_count, like_count, comment_count, share_count } = video;
  const newest = { taken_at, view_count, like_count, comment_count, share_count };
  const points = video.series.length > 0 ? video.series : [newest];
  return points.map((point) => ({
    kind: "video",
    video_id: id,
    job_id,
    title,
    create_time,
    share_url,
    ...point,
  }));
}

/** What spreadsheets take for a formula, also after blanks and in full-width signs. */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

/**
 * A number stays one, whatever its sign. Text that would be a formula gets an apostrophe in front, which
 * a spreadsheet takes for "this is text" (https://owasp.org/www-community/attacks/CSV_Injection).
 */
function toCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const isFormula = FORMULA.test(value);
  const text = isFormula ? `'${value}` : value;
  return isFormula || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Whether `Accept` prefers CSV to JSON (RFC 9110, section 12.5.1); JSON if it does not say. */
export function prefersCsv(accept: string | null): boolean {
  if (accept === null) return false;
  const qualities = new Map(accept.split(",").map(readRange));
  const csv = qualities.get("text/csv") ?? qualities.get("text/*") ?? 0;
  const json = qualities.get("application/json") ?? qualities.get("application/*") ?? 0;
  if (csv === 0 || csv < json) return false;
  // Both are equally welcome: CSV only if it is the one that was named.
  return csv > json || !qualities.has("application/json");
}

function readRange(range: string): [type: string, quality: number] {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return [type, quality >= 0 && quality <= 1 ? quality : 0];
}

/** The name under which a browser keeps it: the account's, without what a file name may not hold. */
export function csvName(username: string | null, at_ms: number): string {
  const account = username?.replaceAll(/[^\w.-]+/g, "_").replaceAll(/^[._-]+/g, "") || "account";
  return `${account}-analytics-${new Date(at_ms).toISOString().slice(0, 10)}.csv`;
}
