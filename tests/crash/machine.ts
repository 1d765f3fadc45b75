/** The embedded host in a process of its own, to be killed and started again. */

import type { DemoUser } from "../../local/host/index.ts";
import type { TikTokOptions } from "../../local/tiktok/index.ts";

/** What a child is started with; the names are those of `HostOptions`. */
export type ChildSettings = {
  data_dir: string;
  port: number;
  /** Empty: PGlite in the data folder. */
  database_url: string;
  /** Empty: the stand-in runs in the child, and dies with it. */
  tiktok_api_url: string;
  tiktok_options: Pick<
    TikTokOptions,
    "access_ttl_seconds" | "daily_posts_per_creator" | "verified_url_prefixes"
  >;
  env: Record<string, string>;
  /** How far the child's clock is ahead, for its stand-in. */
  ahead_ms: number;
};

export type Command =
  | { do: "tick"; job_name: string }
  | { do: "idle" }
  | { do: "query"; text: string; params: unknown[] }
  | { do: "move_clock"; ahead_ms: number };

export type Ready = {
  url: string;
  tiktok_origin: string;
  publishable_key: string;
  users: DemoUser[];
};

const SCRIPT = new URL("./child.ts", import.meta.url).pathname;
/** Of what the functions logged, for the message of a child that ends by itself. */
const OUTPUT_KEPT = 40;

export class Machine {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: string[] = [];
  #buffered = "";
  /** Commands are answered one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #killed = false;

  private constructor(settings: ChildSettings, proxy_origin: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", SCRIPT, JSON.stringify(settings)],
      // Deno's `fetch` takes its proxy from here: supabase-js reaches the Data API over ours, and
      // nothing in the host knows of it. `node:https`, which speaks to TikTok, does not look.
      env: {
        HTTP_PROXY: proxy_origin,
        http_proxy: proxy_origin,
        NO_PROXY: "",
        no_proxy: "",
        DATABASE_URL: "",
        TIKTOK_API_URL: "",
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stdin = this.#process.stdin.getWriter();
  }

  /** `proxy_origin`: where the child sends whatever its functions `fetch`. */
  static async start(
    settings: ChildSettings,
    proxy_origin: string,
  ): Promise<{ machine: Machine; ready: Ready }> {
    const machine = new Machine(settings, proxy_origin);
    return { machine, ready: await machine.#readReply() as Ready };
  }

  /** Rejects if the command fails, and if the machine is killed meanwhile. */
  ask<Answer = unknown>(command: Command): Promise<Answer> {
    const answer = this.#last.then(async () => {
      await this.#stdin.write(new TextEncoder().encode(JSON.stringify(command) + "\n"));
      const reply = await this.#readReply() as { value: Answer } | { error: string };
      if ("error" in reply) throw new Error(`${command.do} failed: ${reply.error}`);
      return reply.value;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#killed) return;
    this.#killed = true;
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#last;
    await this.#lines.cancel();
    // Nobody reads there any more: all that is left to do is to let go of it.
    await this.#stdin.abort().catch(() => undefined);
  }

  async #readReply(): Promise<unknown> {
    while (true) {
      const end = this.#buffered.indexOf("\n");
      if (end < 0) {
        const { value, done } = await this.#lines.read();
        if (done) throw new Error(`the host ended:\n${this.#output.join("\n")}`);
        this.#buffered += value;
        continue;
      }
      const line = this.#buffered.slice(0, end);
      this.#buffered = this.#buffered.slice(end + 1);
      if (line.startsWith("reply ")) return JSON.parse(line.slice("reply ".length));
      this.#output.push(line);
      if (this.#output.length > OUTPUT_KEPT) this.#output.shift();
    }
  }
}
