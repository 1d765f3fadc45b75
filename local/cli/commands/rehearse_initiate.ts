/** `initiate --dry-run`: the same rules with no server; the settings are read here. */

import { findRedirectTarget } from "../../../supabase/functions/_shared/connection/redirect_target.ts";
import { createState } from "../../../supabase/functions/_shared/connection/state.ts";
import { Problem } from "../../../supabase/functions/_shared/http/problem.ts";
import {
  authorizeUrl,
  createCodeVerifier,
  hexCodeChallenge,
  normalizeScopes,
  parseScopes,
  type Scope,
  SCOPES,
} from "../../../supabase/functions/_shared/tiktok/index.ts";
import { refusedBy } from "../failure.ts";
import type { Command } from "../outcome.ts";
import { showAuthorization } from "../printer.ts";
import type { Runtime } from "../runtime.ts";
import { readSettings } from "../settings.ts";

export const rehearseInitiate: Command = async (values, runtime) => {
  const { config, placeholders } = readSettings(runtime.env, [
    "TIKTOK_CLIENT_KEY",
    "TIKTOK_REDIRECT_URI",
    "TIKTOK_AUTHORIZE_URL",
    "TIKTOK_PKCE",
    "NEXUS_REDIRECT_URLS",
  ]);
  const scopes = planScopes(values.text("scopes"));
  const redirect_to = planRedirect(values.text("redirect-to"), runtime, config.NEXUS_REDIRECT_URLS);
  const state = createState(runtime.randomBytes);
  const code_challenge = config.TIKTOK_PKCE === "none"
    ? undefined
    : await hexCodeChallenge(createCodeVerifier(runtime.randomBytes));
  const authorization_url = authorizeUrl({
    authorize_url: config.TIKTOK_AUTHORIZE_URL,
    client_key: config.TIKTOK_CLIENT_KEY,
    redirect_uri: config.TIKTOK_REDIRECT_URI,
    scopes,
    state,
    ...(code_challenge === undefined ? {} : { code_challenge }),
  });
  return {
    ok: true,
    document: {
      dry_run: true,
      authorization_url,
      state,
      scopes,
      redirect_uri: config.TIKTOK_REDIRECT_URI,
      redirect_to,
      placeholders,
    },
    show(printer) {
      showAuthorization(printer, authorization_url, scopes);
      printer.line("A dry run: the state is not live, so nothing can be connected with this URL.");
      for (const name of placeholders) {
        printer.line(`${name} is not set; the URL has a placeholder for it.`);
      }
    },
  };
};

function planScopes(requested: string | undefined): Scope[] {
  const { scopes, unknown } = normalizeScopes(
    requested === undefined ? SCOPES : parseScopes(requested),
  );
  if (unknown.length === 0) return scopes;
  const errors = unknown.map((scope) => ({ path: "scopes", message: `${scope} is not a scope` }));
  const detail = `Unknown scopes: ${unknown.join(", ")}.`;
  throw refusedBy(new Problem("invalid_request", detail, { errors }));
}

/** Null where nobody said which pages there are: then there is nothing to compare with. */
function planRedirect(
  requested: string | undefined,
  { env }: Runtime,
  allowed: string[],
): string | null {
  if (env("NEXUS_REDIRECT_URLS") === undefined && requested === undefined) return null;
  try {
    const pages = env("NEXUS_REDIRECT_URLS") === undefined ? [requested ?? ""] : allowed;
    return findRedirectTarget(requested, pages);
  } catch (error) {
    if (error instanceof Problem) throw refusedBy(error);
    throw error;
  }
}
