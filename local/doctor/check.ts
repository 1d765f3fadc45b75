/** What a check found. */

export type Result = "ok" | "warn" | "fail" | "skip";

export type Check = {
  /** Under which heading it is shown. */
  area: Area;
  /** Stable: scripts may look for it. */
  name: string;
  result: Result;
  /** What was found, or why it was not looked at. Never holds a secret. */
  detail: string;
  /** What to do; null where nothing is to be done. */
  advice: string | null;
};

export const AREAS = {
  settings: "Settings of the functions",
  keys: "Keys and sign-in",
  functions: "Functions",
  database: "Database",
  schedule: "Schedule",
  tiktok: "TikTok",
} as const;

export type Area = keyof typeof AREAS;

/** Makes the checks of one area. */
export function checksOf(area: Area) {
  const make =
    (result: Result) => (name: string, detail: string, advice: string | null): Check => ({
      area,
      name,
      result,
      detail,
      advice,
    });
  return {
    ok: (name: string, detail: string) => make("ok")(name, detail, null),
    /** Works, but is not as it should be. */
    warn: (name: string, detail: string, advice: string) => make("warn")(name, detail, advice),
    fail: (name: string, detail: string, advice: string) => make("fail")(name, detail, advice),
    /** Could not be looked at; `advice` says what it would take. */
    skip: (name: string, detail: string, advice: string | null = null) =>
      make("skip")(name, detail, advice),
  };
}
