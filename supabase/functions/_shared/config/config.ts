/**
 * The environment, checked as a whole at the first request (never at import): one missing or
 * malformed value makes every answer `misconfigured`, instead of a function that works by half.
 */

import { z } from "zod";
import { parseKeyRing } from "./key_ring.ts";
import { isHostWithPort, parseHttpUrl, parseOrigin, parseRedirectUri } from "./urls.ts";

/** Reads one environment variable; `Deno.env.get` in production. */
export type ReadEnv = (name: string) => string | undefined;

const REDIRECT_URLS_HELP = "a comma-separated list of absolute URLs without query or fragment";

const whole = (fallback: number, most: number) =>
  z.string().regex(/^\d+$/, "must be a whole number").transform(Number)
    .refine((n) => n >= 1 && n <= most, `must be 1 to ${most}`).default(fallback);

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

const environment = z.object({
  SUPABASE_URL: z.string().transform(checked(parseHttpUrl)),
  SUPABASE_PUBLISHABLE_KEYS: namedKeys,
  SUPABASE_SECRET_KEYS: namedKeys,
  SUPABASE_JWKS: jwks,
  TIKTOK_CLIENT_KEY: z.string().min(1),
  TIKTOK_CLIENT_SECRET: z.string().min(1),
  TIKTOK_REDIRECT_URI: z.string().transform(checked(parseRedirectUri)),
  TIKTOK_API_URL: z.string().transform(checked(parseOrigin)).default("https://open.tiktokapis.com"),
  TIKTOK_AUTHORIZE_URL: z.string().transform(checked(parseHttpUrl))
    .default("https://www.tiktok.com/v2/auth/authorize/"),
  TIKTOK_PKCE: z.enum(["none", "hex"]).default("none"),
  TOKEN_ENCRYPTION_KEYS: z.string().transform(checked(parseKeyRing)),
  NEXUS_REDIRECT_URLS: z.string()
    .transform((list) => list.split(",").map((url) => url.trim()).filter((url) => url !== ""))
    .refine((urls) => urls.length > 0, `must be ${REDIRECT_URLS_HELP}`)
    .transform(checked((urls) => urls.map(parseRedirectUri))),
  MEDIA_PROFILE: z.enum(["directive", "tiktok"]).default("directive"),
  MEDIA_ALLOWED_HOSTS: z.string()
    .transform((list) => list.split(",").map((host) => host.trim()).filter((host) => host !== ""))
    .refine((hosts) => hosts.every(isHostWithPort), "must be a comma-separated list of host:port")
    .default([]),
  TIKTOK_DAILY_POST_LIMIT: whole(5, 1_000),
  TIKTOK_DAILY_QUERY_LIMIT: whole(1_000, 100_000_000),
  ERROR_LOG_DAYS: whole(90, 3_650),
});

/** The checked environment, values parsed, under the names of the contract. */
export type Config = Readonly<z.infer<typeof environment>>;

/** The names that are read, for hosts and for the docs. */
export const ENVIRONMENT_NAMES = Object.keys(environment.shape) as (keyof Config)[];

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
export function readConfig(readEnv: ReadEnv): Config {
  const raw = readRaw(readEnv);
  const parsed = environment.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return { name, problem: raw[name] === undefined ? "is not set" : issue.message };
  }));
}

/** `readConfig` that parses again only when a value has changed. */
export function createConfigReader(readEnv: ReadEnv): () => Config {
  let known: { raw: string; config: Config } | undefined;
  return () => {
    const raw = JSON.stringify(readRaw(readEnv));
    if (known?.raw !== raw) known = { raw, config: readConfig(readEnv) };
    return known.config;
  };
}

function readRaw(readEnv: ReadEnv): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  for (const name of ENVIRONMENT_NAMES) values[name] = readEnv(name)?.trim() || undefined;
  return values;
}

/** A transform that turns a thrown message into an issue. */
function checked<In, Out>(parse: (value: In) => Out) {
  return (value: In, context: z.RefinementCtx): Out => {
    try {
      return parse(value);
    } catch (error) {
      const message = error instanceof Error ? error.message : "is malformed";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
  };
}

function jsonOf<Schema extends z.ZodType>(schema: Schema) {
  return z.string().transform(checked((text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      // The parser's message quotes the text, which may be a secret.
      throw new Error("is not JSON");
    }
  })).pipe(schema);
}
