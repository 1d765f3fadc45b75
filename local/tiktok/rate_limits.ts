import { ApiFailure } from "./failures.ts";

const WINDOW_MS = 60_000;

/**
 * Requests per user token in a sliding minute:
 * https://developers.tiktok.com/docs/en/tiktok-api-v2-rate-limit and the posting pages.
 */
export const LIMITS_PER_MINUTE: Record<string, number> = {
  "/v2/user/info/": 600,
  "/v2/video/list/": 600,
  "/v2/video/query/": 600,
  "/v2/post/publish/creator_info/query/": 20,
  "/v2/post/publish/video/init/": 6,
  "/v2/post/publish/inbox/video/init/": 6,
  "/v2/post/publish/content/init/": 6,
  "/v2/post/publish/status/fetch/": 30,
};

/** Counts in memory: a window is over sooner than a killed stand-in is back. */
export class RateLimits {
  readonly #taken_at = new Map<string, number[]>();

  /** Takes one slot, or throws `rate_limit_exceeded`. A refused request takes none. */
  take(path: string, token: string, now_ms: number): void {
    const limit = LIMITS_PER_MINUTE[path];
    if (limit === undefined) return;
    const key = `${path} ${token}`;
    const recent = (this.#taken_at.get(key) ?? []).filter((at) => at > now_ms - WINDOW_MS);
    if (recent.length >= limit) {
      throw new ApiFailure("rate_limit_exceeded", `more than ${limit} requests in a minute`);
    }
    this.#taken_at.set(key, [...recent, now_ms]);
  }
}
