/** A project that the doctor looks at: the embedded host, addressed as a project. */

import assert from "node:assert/strict";
import { runDoctor } from "../../local/doctor/run.ts";
import type { Check } from "../../local/doctor/check.ts";
import { startWorld, type World } from "../functions/support/world.ts";
import { quietRuntime } from "../cli/support.ts";

/** 32 bytes, all different. */
export function makeKey(first: number): string {
  return Uint8Array.from({ length: 32 }, (_, index) => (first + index) % 256).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

export const SETTINGS: Readonly<Record<string, string>> = {
  TIKTOK_CLIENT_KEY: "aw1234567890",
  TIKTOK_CLIENT_SECRET: "client-secret-of-the-doctor-test",
  TIKTOK_REDIRECT_URI: "https://nexus.test/api/auth/tiktok/callback",
  NEXUS_REDIRECT_URLS: "https://nexus.test/connections",
  TOKEN_ENCRYPTION_KEYS: JSON.stringify({ current: "k1", keys: { k1: makeKey(0) } }),
};

export type Change = {
  /** Of the doctor's environment; an empty value unsets. */
  env?: Record<string, string>;
  /** Of the file of settings; an empty value unsets. */
  settings?: Record<string, string>;
  /** Answers instead of the project; undefined lets a request pass. */
  answer?: (request: Request) => Response | undefined;
  now_ms?: () => number;
  /** Realtime's; it opens if left out. The host that stands for the project has none. */
  opensSocket?: (url: string) => Promise<boolean>;
  args?: string[];
};

export type Examined = { code: number; checks: Check[]; text: string };

export class Project implements AsyncDisposable {
  /** All that the doctor has said. */
  readonly said: string[] = [];

  private constructor(readonly world: World, readonly folder: string) {}

  static async start(): Promise<Project> {
    const world = await startWorld({
      env: { ...SETTINGS },
      tiktok_options: {
        app: {
          client_key: SETTINGS.TIKTOK_CLIENT_KEY ?? "",
          client_secret: SETTINGS.TIKTOK_CLIENT_SECRET ?? "",
          redirect_uris: [SETTINGS.TIKTOK_REDIRECT_URI ?? ""],
          webhook_url: "https://nexus.test/unused",
        },
      },
    });
    const project = new Project(world, await Deno.makeTempDir());
    await world.host.cron.tick();
    return project;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
    await this.world[Symbol.asyncDispose]();
  }

  get env(): Record<string, string> {
    const { url, keys } = this.world.host;
    return {
      SUPABASE_URL: url,
      SUPABASE_PUBLISHABLE_KEY: keys.publishable,
      SUPABASE_SECRET_KEY: keys.secret,
      SUPABASE_CRON_KEY: keys.cron,
    };
  }

  async writeSettings(settings: Record<string, string>): Promise<string> {
    const path = `${this.folder}/settings.env`;
    const lines = Object.entries(settings).filter(([, value]) => value !== "")
      .map(([name, value]) => `${name}='${value}'\n`);
    await Deno.writeTextFile(path, lines.join(""));
    return path;
  }

  /** Runs the doctor as an operator would, with `--json`. */
  async examine(change: Change = {}): Promise<Examined> {
    const { env, settings, answer, now_ms, args = [] } = change;
    const env_file = await this.writeSettings({ ...SETTINGS, ...settings });
    const runtime = quietRuntime({ ...this.env, ...env }, {
      now_ms: now_ms ?? (() => Date.now()),
      fetch: async (input, init) => {
        const request = new Request(input, init);
        return answer?.(request) ?? await fetch(request);
      },
    });
    const given = ["--env-file", env_file, "--json", ...args];
    const opensSocket = change.opensSocket ?? (() => Promise.resolve(true));
    const code = await runDoctor(given, { ...runtime, opensSocket });
    const { stdout, stderr } = runtime.texts;
    this.said.push(stdout, stderr);
    assert.equal(stderr, "", "with --json nothing is said beside the document");
    return { code, checks: JSON.parse(stdout).checks, text: stdout };
  }
}
