/**
 * The environment, checked as a whole at the first request (never at import): one missing or
 * malformed value makes every answer `misconfigured`, instead of a function that works by half.
 * Here is what the functions of every platform need; a platform brings its own settings along.
 */

import { z } from "zod";
import { parseKeyRing } from "./key_ring.ts";
import { checked, jsonOf, whole } from "./parse.ts";
import { isHostWithPort, parseHttpUrl, parseRedirectUri } from "./urls.ts";

/** Reads one environment variable; `Deno.env.get` in production. */
export type ReadEnv = (name: string) => string | undefined;

const REDIRECT_URLS_HELP = "a comma-separated list of absolute URLs without query or fragment";

/** Named keys as the platform injects them: a JSON object of strings, at least one. */
const namedKeys = jsonOf(
  z.record(z.string(), z.string().min(1)).refine((keys) => Object.keys(keys).length > 0, {
    message: "must name at least one key",
  }),
);

const jwks = jsonOf(z.union([
  z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }),
  z.array(z.looseObject({ kty: z.string() })).min(1),
]));

const SHARED_SETTINGS = {
  SUPABASE_URL: z.string().transform(checked(parseHttpUrl)),
  SUPABASE_PUBLISHABLE_KEYS: namedKeys,
  SUPABASE_SECRET_KEYS: namedKeys,
  SUPABASE_JWKS: jwks,
  TOKEN_ENCRYPTION_KEYS: z.string().transform(checked(parseKeyRing)),
  NEXUS_REDIRECT_URLS: z.string()
    .transform((list) => list.split(",").map((url) => url.trim()).filter((url) => url !== ""))
    .refine((urls) => urls.length > 0, `must be ${REDIRECT_URLS_HELP}`)
    .transform(checked((urls) => urls.map(parseRedirectUri))),
  MEDIA_ALLOWED_HOSTS: z.string()
    .transform((list) => list.split(",").map((host) => host.trim()).filter((host) => host !== ""))
    .refine((hosts) => hosts.every(isHostWithPort), "must be a comma-separated list of host:port")
    .default([]),
  ERROR_LOG_DAYS: whole(90, 3_650),
};

/** A platform's own settings: a schema each, by the variable's name. */
export type Settings = Readonly<Record<string, z.ZodType>>;

type Values<Of extends Settings> = { readonly [Name in keyof Of]: z.output<Of[Name]> };

/** The checked values of the shared settings, parsed, under the names of the contract. */
export type Config = Values<typeof SHARED_SETTINGS>;

/** With a platform's own. */
export type ConfigWith<Own extends Settings> = Config & Values<Own>;

/** The names that are read, for hosts and for the docs. */
export function environmentNames(own: Settings): string[] {
  return [...Object.keys(SHARED_SETTINGS), ...Object.keys(own)];
}

/**
 * A setting is missing or malformed. `settings` names each with what is wrong, never with its
 * value: it goes to the log.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly settings: { name: string; problem: string }[]) {
    super(settings.map(({ name, problem }) => `${name}: ${problem}`).join("; "));
  }
}

/** Reads and checks everything. An empty value counts as unset. Throws `ConfigError`. */
export function readConfig<Own extends Settings>(own: Own, readEnv: ReadEnv): ConfigWith<Own> {
  const raw = readRaw(own, readEnv);
  const parsed = z.object({ ...SHARED_SETTINGS, ...own }).safeParse(raw);
  if (parsed.success) return parsed.data as ConfigWith<Own>;
  throw new ConfigError(parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return { name, problem: raw[name] === undefined ? "is not set" : issue.message };
  }));
}

/** `readConfig` that parses again only when a value has changed. */
export function createConfigReader<Own extends Settings>(
  own: Own,
  readEnv: ReadEnv,
): () => ConfigWith<Own> {
  let known: { raw: string; config: ConfigWith<Own> } | undefined;
  return () => {
    const raw = JSON.stringify(readRaw(own, readEnv));
    if (known?.raw !== raw) known = { raw, config: readConfig(own, readEnv) };
    return known.config;
  };
}

function readRaw(own: Settings, readEnv: ReadEnv): Record<string, string | undefined> {
  return Object.fromEntries(
    environmentNames(own).map((name) => [name, readEnv(name)?.trim() || undefined]),
  );
}
