/** Which Nexus a command talks to: the embedded host, or a Supabase project. */

import { z } from "zod";
import { readBounded } from "./bounded.ts";
import { type Failure, unreachable, wrongUsage } from "./failure.ts";
import type { Runtime } from "./runtime.ts";

export type Credentials =
  | { access_token: string }
  | { email: string; password: string };

export interface Place {
  /** With no slash at its end. */
  url: string;
  publishable_key: string;
  credentials(): Credentials;
  /** The secret key named `cron`. */
  cronKey(): string;
}

const DEFAULT_HOST = "http://127.0.0.1:54321";
const FIND_TIMEOUT_MS = 10_000;
const MAX_CONFIG_BYTES = 1_000_000;

/** `GET /dev/config` of the embedded host. */
const hostConfig = z.object({
  supabase_url: z.url(),
  publishable_key: z.string().min(1),
  keys: z.object({ secret: z.string().min(1), cron: z.string().min(1) }),
  tiktok_origin: z.url(),
  users: z.array(z.object({ email: z.string(), password: z.string() })).min(1),
});

/** Throws a `Failure`: wrong usage, or unreachable. */
export async function findPlace(runtime: Runtime): Promise<Place> {
  const address = readAddress(runtime.env);
  return address.is_host ? await findHost(runtime, address.url) : findProject(runtime, address.url);
}

/** The project's keys: where one is set, the embedded host is not what is meant. */
const PROJECT_KEYS = ["SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY", "SUPABASE_CRON_KEY"];

/** Which of the two is meant, and its address. Throws a wrong usage where that cannot be told. */
export function readAddress(env: Runtime["env"]): { is_host: boolean; url: string } {
  const project_url = env("SUPABASE_URL");
  const host_url = env("NEXUS_URL");
  // Whoever has both in his environment may think that he posts to the other one.
  if (project_url !== undefined && host_url !== undefined) {
    throw wrongUsage("Set NEXUS_URL (the embedded host) or SUPABASE_URL (a project), not both.");
  }
  if (project_url !== undefined) {
    return { is_host: false, url: readUrl("SUPABASE_URL", project_url) };
  }
  const keys = PROJECT_KEYS.filter((name) => env(name) !== undefined);
  if (host_url === undefined && keys.length > 0) {
    throw wrongUsage(
      `Set SUPABASE_URL: ${keys.join(", ")} of a project ${
        keys.length === 1 ? "is" : "are"
      } set, ` +
        "and its address is not. For the embedded host, set NEXUS_URL.",
    );
  }
  return { is_host: true, url: readUrl("NEXUS_URL", host_url ?? DEFAULT_HOST) };
}

function findProject({ env }: Runtime, url: string): Place {
  const required = (name: string) => {
    const value = env(name);
    if (value === undefined) throw missing([name]);
    return readKey(name, value);
  };
  return {
    url,
    publishable_key: publishable(required("SUPABASE_PUBLISHABLE_KEY")),
    credentials: () => {
      const given = readCredentials(env);
      if (given !== null) return given;
      throw missing(["NEXUS_ACCESS_TOKEN", "or NEXUS_EMAIL and NEXUS_PASSWORD"]);
    },
    cronKey: () => required("SUPABASE_CRON_KEY"),
  };
}

async function findHost({ env, fetch }: Runtime, url: string): Promise<Place> {
  const { supabase_url, publishable_key, keys, users } = await readHostConfig(fetch, url);
  return {
    url: readUrl("supabase_url of /dev/config", supabase_url),
    publishable_key,
    credentials: () => {
      const given = readCredentials(env);
      if (given !== null) return given;
      const email = env("NEXUS_EMAIL");
      const user = email === undefined ? users[0] : users.find((known) => known.email === email);
      if (user !== undefined) return user;
      throw missing(["NEXUS_PASSWORD"]);
    },
    cronKey: () => keys.cron,
  };
}

export async function readHostConfig(fetch: Runtime["fetch"], url: string) {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${url}/dev/config`, {
      redirect: "error",
      signal: AbortSignal.timeout(FIND_TIMEOUT_MS),
    });
    body = response.ok
      ? JSON.parse(await readBounded(response, MAX_CONFIG_BYTES) ?? "")
      : await response.body?.cancel();
  } catch (error) {
    if (error instanceof SyntaxError) throw notNexus(url);
    throw unreachable(
      `Nothing answers at ${url}. Start the embedded host with \`deno task start\`, or set ` +
        "NEXUS_URL to where it runs, or SUPABASE_URL to a project.",
      error,
    );
  }
  const parsed = hostConfig.safeParse(body);
  if (!parsed.success) throw notNexus(url);
  return parsed.data;
}

function readCredentials(env: Runtime["env"]): Credentials | null {
  const access_token = env("NEXUS_ACCESS_TOKEN");
  if (access_token !== undefined) {
    return { access_token: readKey("NEXUS_ACCESS_TOKEN", access_token) };
  }
  const email = env("NEXUS_EMAIL");
  const password = env("NEXUS_PASSWORD");
  if (email !== undefined && password !== undefined) return { email, password };
  if (password !== undefined) throw missing(["NEXUS_EMAIL"]);
  return null;
}

/** Passwords, tokens and keys go there: in the clear only within this machine. */
export function readUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const is_local = url !== null && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  const is_web = url?.protocol === "https:" || url?.protocol === "http:" && is_local;
  if (url === null || !is_web || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    throw wrongUsage(`${name} must be an https address with no path, or http on this machine.`);
  }
  return url.origin;
}

/** Keys and tokens are printable, with no spaces; anything else is a slip, or breaks the header. */
export function readKey(name: string, text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw wrongUsage(
    `${name} has a space, a line break or another character that no key has: copy it again.`,
  );
}

function publishable(key: string): string {
  if (!key.startsWith("sb_secret_")) return key;
  throw wrongUsage(
    "SUPABASE_PUBLISHABLE_KEY is a secret key, which reads and writes everything: no user's " +
      "terminal needs one. Give the one that begins with sb_publishable_.",
  );
}

function notNexus(url: string): Failure {
  return unreachable(`What answers at ${url} is not the embedded host: it has no /dev/config.`);
}

function missing(names: string[]): Failure {
  return wrongUsage(`Set ${names.join(", ")} in the environment; see --help.`);
}
