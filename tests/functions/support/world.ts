/** One host with its TikTok, two clocks that move together, and people who use it over HTTP. */

import { type Host, type HostOptions, startHost } from "../../../local/host/index.ts";
import type { TikTok } from "../../../local/tiktok/index.ts";
import { makeAccounts } from "./accounts.ts";
import { type Answer, Caller } from "./caller.ts";
import { captureConsole, type CapturedConsole } from "./console.ts";
import { Person, signUp } from "./person.ts";

export class World implements AsyncDisposable {
  /** Every answer that any caller of this world has seen. */
  readonly answers: Answer[] = [];
  readonly console: CapturedConsole;
  #ahead: { ms: number };
  #accounts_given = 0;

  constructor(
    readonly host: Host,
    readonly tiktok: TikTok,
    console: CapturedConsole,
    ahead: { ms: number },
  ) {
    this.console = console;
    this.#ahead = ahead;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close();
    this.console.restore();
  }

  /** Calls as anybody: no credential but what is given. */
  get anyone(): Caller {
    return new Caller(this, {});
  }

  /** Calls with the key named `cron`. */
  get schedule(): Caller {
    return new Caller(this, { apikey: this.host.keys.cron });
  }

  /** A new Nexus user, signed in. */
  person(): Promise<Person> {
    return signUp(this);
  }

  /** The open_id of a TikTok account that nobody has used yet. */
  takeAccount(): string {
    const account = this.tiktok.state.accounts.slice(3)[this.#accounts_given++];
    if (account === undefined) throw new Error("no more TikTok accounts; make more in accounts.ts");
    return account.open_id;
  }

  /** Moves the database's clock and TikTok's. User tokens and the functions live by the real one. */
  async skip(seconds: number): Promise<void> {
    this.#ahead.ms += seconds * 1000;
    await this.host.sql.exec(
      `create or replace function private.now() returns timestamptz language sql stable
       parallel safe set search_path = '' as $$
         select pg_catalog.clock_timestamp()
           + pg_catalog.make_interval(secs => ${this.#ahead.ms / 1000})
       $$`,
    );
  }

  /** By how much the clocks are ahead of the real one. */
  get ahead_seconds(): number {
    return this.#ahead.ms / 1000;
  }

  /** How many requests TikTok has seen for a path, by default whatever became of them. */
  calls(path: string, account?: string): number {
    return this.tiktok.state.calls.filter((call) =>
      call.path === path && (account === undefined || call.account === account)
    ).length;
  }

  /** What is in the error log, newest last. */
  errorLog(): Promise<Record<string, unknown>[]> {
    return this.host.sql.query("select * from private.error_log order by id");
  }
}

/** In memory, on any port, silent, driven by the test alone. */
export async function startWorld(options: HostOptions = {}): Promise<World> {
  const ahead = { ms: 0 };
  const now = () => Date.now() + ahead.ms;
  const console = captureConsole();
  try {
    const host = await startHost({
      port: 0,
      quiet: true,
      cron: false,
      database_url: "",
      tiktok_api_url: "",
      now,
      ...options,
      tiktok_options: { accounts: makeAccounts(now()), ...options.tiktok_options },
    });
    if (host.tiktok === undefined) throw new Error("the stand-in is not in this process");
    return new World(host, host.tiktok, console, ahead);
  } catch (error) {
    console.restore();
    throw error;
  }
}
