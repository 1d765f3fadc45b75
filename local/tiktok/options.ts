import type { Account } from "./records.ts";
import { demoAccounts } from "./accounts.ts";
import { SCOPES } from "./scopes.ts";

/** Why a video or photo post failed: https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status */
export type FailReason =
  | "file_format_check_failed"
  | "duration_check_failed"
  | "frame_rate_check_failed"
  | "picture_size_check_failed"
  | "internal"
  | "video_pull_failed"
  | "photo_pull_failed"
  | "publish_cancelled"
  | "auth_removed"
  | "spam_risk_too_many_posts"
  | "spam_risk_user_banned_from_posting"
  | "spam_risk_text"
  | "spam_risk";

/** The app as it is registered in TikTok's portal. */
export interface AppRegistration {
  client_key: string;
  client_secret: string;
  /** At most 10, each an https address, or http on a loopback host with a port (desktop rule). */
  redirect_uris: string[];
  webhook_url?: string;
  /** Scopes that the app was approved for; all six if left out. */
  approved_scopes?: string[];
  /** An unaudited app posts only SELF_ONLY and only for private accounts. Default true. */
  audited?: boolean;
  /** Desktop and mobile apps must send a `code_challenge`. Default false. */
  requires_pkce?: boolean;
}

export interface TikTokOptions {
  app: AppRegistration;
  /** Milliseconds since the epoch; `Date.now` if left out. */
  now?: () => number;
  /** Cryptographic randomness; `crypto.getRandomValues` if left out. */
  random?: (size_bytes: number) => Uint8Array;
  /** What pulls of `PULL_FROM_URL` are made with. */
  fetch?: typeof fetch;
  /** State survives a kill if given; else it is in memory, and media in a temporary folder. */
  data_dir?: string;
  /** Who exists at TikTok on the first start; later starts take what the state says. */
  accounts?: Account[];
  /**
   * What the Display API shows of an account at a time: counters that grow, videos that vanish. Given
   * with all its public videos, newest first; as it is if left out.
   */
  grow?: (account: Account, now_ms: number) => Account;
  /** 300 s: TikTok states no figure. */
  code_ttl_seconds?: number;
  /** 7200 s and 180 days: https://developers.tiktok.com/docs/en/oauth-refresh-a-user-access-token */
  access_ttl_seconds?: number;
  refresh_ttl_seconds?: number;
  /** HTTP status of OAuth errors; undocumented, and 200 was observed. Default 400. */
  oauth_error_status?: number;
  /** URL prefixes (`https://host/path/`) or domains (`example.com`) whose ownership is proven. */
  verified_url_prefixes?: string[];
  /** What the number in a PUT's answer `bytes 0-{n}/{total}` means; undocumented. Default count. */
  upload_progress?: "count" | "last_index";
  /** A page of `video/list` holds one video less than asked for although more follow. */
  short_pages?: boolean;
  /** Posts per creator in 24 hours, over all apps; "typically about 15". */
  daily_posts_per_creator?: number;
  processing?: {
    /** How many status fetches answer PROCESSING_* once all bytes are there. Default 1. */
    polls?: number;
    /** How long after a public post its id is told; moderation takes up to hours. Default 0. */
    moderation_seconds?: number;
    /** TikTok's look at the media; anything passes if left out. */
    inspect?: (file_path: string) => Promise<FailReason | null>;
  };
}

export type Settings = Required<Omit<TikTokOptions, "processing" | "data_dir" | "app">> & {
  app: Required<Omit<AppRegistration, "webhook_url">> & { webhook_url: string | null };
  data_dir: string | null;
  processing_polls: number;
  moderation_ms: number;
  inspect: (file_path: string) => Promise<FailReason | null>;
};

/** Fills in the defaults; throws on a registration that TikTok's portal would refuse. */
export function resolveOptions(options: TikTokOptions): Settings {
  if (options.app.redirect_uris.length > 10) throw new Error("at most 10 redirect URIs");
  options.app.redirect_uris.forEach(assertRegistrable);
  return {
    now: options.now ?? Date.now,
    random: options.random ?? ((size) => crypto.getRandomValues(new Uint8Array(size))),
    fetch: options.fetch ?? fetch,
    data_dir: options.data_dir ?? null,
    accounts: options.accounts ?? demoAccounts((options.now ?? Date.now)()),
    grow: options.grow ?? ((account) => account),
    code_ttl_seconds: options.code_ttl_seconds ?? 300,
    access_ttl_seconds: options.access_ttl_seconds ?? 7200,
    refresh_ttl_seconds: options.refresh_ttl_seconds ?? 180 * 24 * 3600,
    oauth_error_status: options.oauth_error_status ?? 400,
    verified_url_prefixes: options.verified_url_prefixes ?? [],
    upload_progress: options.upload_progress ?? "count",
    short_pages: options.short_pages ?? false,
    daily_posts_per_creator: options.daily_posts_per_creator ?? 15,
    processing_polls: options.processing?.polls ?? 1,
    moderation_ms: (options.processing?.moderation_seconds ?? 0) * 1000,
    inspect: options.processing?.inspect ?? (() => Promise.resolve(null)),
    app: {
      ...options.app,
      webhook_url: options.app.webhook_url ?? null,
      approved_scopes: options.app.approved_scopes ?? [...SCOPES],
      audited: options.app.audited ?? true,
      requires_pkce: options.app.requires_pkce ?? false,
    },
  };
}

/** https://developers.tiktok.com/doc/login-kit-web and …/login-kit-desktop */
function assertRegistrable(redirect_uri: string): void {
  const url = new URL(redirect_uri);
  const loopback = ["localhost", "127.0.0.1"].includes(url.hostname) && url.port !== "";
  const allowed = url.protocol === "https:" || (url.protocol === "http:" && loopback);
  if (!allowed || /[?#]/.test(redirect_uri) || redirect_uri.length >= 512) {
    throw new Error(`TikTok would not register this redirect URI: ${redirect_uri}`);
  }
}
