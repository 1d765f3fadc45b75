/** What a host is given, and what it gives. */
import type { TikTok, TikTokOptions } from "../tiktok/index.ts";
import type { Sql } from "./database/index.ts";
import type { DemoUser } from "./users.ts";

export interface HostOptions {
  /** Everything is kept here, so that a later start goes on. In memory if left out. */
  data_dir?: string;
  /** On 127.0.0.1: 54321 or the next free one; 0 takes any. */
  port?: number;
  /** A PostgreSQL server; else `DATABASE_URL`, else PGlite. An empty text means PGlite. */
  database_url?: string;
  /**
   * Another TikTok; else `TIKTOK_API_URL`, else the stand-in is started in this process. An empty
   * text means the stand-in.
   */
  tiktok_api_url?: string;
  /** For the stand-in. */
  tiktok_options?: Partial<TikTokOptions>;
  /** Milliseconds since the epoch, for the stand-in and the schedule. Tokens live by the real clock. */
  now?: () => number;
  /** Whether schedule and webhooks run by themselves. Tests say no and call `cron.tick()`. */
  cron?: boolean;
  /** Prints nothing; `logs` has it all the same. */
  quiet?: boolean;
  /** Wins over what the functions' environment would be. */
  env?: Record<string, string>;
  /** Other folders than the repository's, for the host's own tests. */
  migrations_dir?: string;
  functions_dir?: string;
  dashboard_dir?: string;
}

export interface Host {
  /** `http://127.0.0.1:<port>`; also the functions' `SUPABASE_URL`. */
  url: string;
  keys: { publishable: string; secret: string; cron: string };
  users: DemoUser[];
  /** The stand-in, where it runs in this process. */
  tiktok?: TikTok;
  tiktok_origin: string;
  sql: Sql;
  /** In words, for a person. */
  database: string;
  /** Slugs of the functions found. */
  functions: string[];
  cron: {
    /** Runs every scheduled job (or one) now, sends the requests it queued, awaits the answers. */
    tick(job_name?: string): Promise<void>;
  };
  /** An access token. */
  signIn(email: string, password: string): Promise<string>;
  /** Resolves when no function is running, nor anything that it gave to `EdgeRuntime.waitUntil`. */
  idle(): Promise<void>;
  /** What the host said, newest last: a line a request, database notices, errors. */
  logs: string[];
  close(): Promise<void>;
}
