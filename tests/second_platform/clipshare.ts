/** ClipShare as a platform: everything that a second platform has to bring, besides its doors. */

import { z } from "zod";
import type {
  Account,
  Grant,
  Platform,
  RefreshedGrant,
} from "../../supabase/functions/_shared/connection/platform.ts";
import { checked } from "../../supabase/functions/_shared/config/parse.ts";
import { parseOrigin, parseRedirectUri } from "../../supabase/functions/_shared/config/urls.ts";
import type { Fetch } from "../../supabase/functions/_shared/http/context.ts";
import { doorOf } from "../../supabase/functions/_shared/http/door.ts";
import { Problem } from "../../supabase/functions/_shared/http/problem.ts";

const SCOPES = ["read", "figures"];

const DAY_SECONDS = 86_400;

const SETTINGS = {
  CLIPSHARE_URL: z.string().transform(checked(parseOrigin)),
  CLIPSHARE_APP_SECRET: z.string().min(1),
  CLIPSHARE_REDIRECT_URI: z.string().transform(checked(parseRedirectUri)),
};

/** A refusal, by `problem` of its answer; `unreachable` where there was none. */
export class ClipShareError extends Error {
  constructor(readonly problem: string, readonly status: number | null) {
    super(`ClipShare: ${problem}`);
  }
}

type TokenAnswer = {
  token: string;
  days: number;
  who: string;
  refresh?: string;
  may?: string[];
};

export class ClipShareClient {
  constructor(
    readonly origin: string,
    readonly app_secret: string,
    readonly send: Fetch,
  ) {}

  async ask<Answer>(path: string, token: string | null, body?: object): Promise<Answer> {
    let response: Response;
    let text: string;
    try {
      response = await this.send(`${this.origin}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          "Content-Type": "application/json",
          ...(token === null ? {} : { "X-ClipShare-Token": token }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        timeout_ms: 5_000,
      });
      text = await response.text();
    } catch {
      throw new ClipShareError("unreachable", null);
    }
    if (response.ok) return (text === "" ? null : JSON.parse(text)) as Answer;
    const problem = response.status < 500 ? JSON.parse(text).problem : "unwell";
    throw new ClipShareError(problem, response.status);
  }

  async tokens(given: { code: string } | { refresh: string }): Promise<TokenAnswer> {
    return await this.ask("/oauth", null, {
      app: "nexus",
      app_secret: this.app_secret,
      ...given,
    });
  }

  async figures(token: string): Promise<{ clips: number }> {
    return await this.ask("/me", token);
  }
}

export function createClipShare(client: ClipShareClient, redirect_uri: string): Platform {
  const judge: Platform["judge"] = (error) => {
    if (!(error instanceof ClipShareError)) return "other";
    if (error.problem === "who-are-you") return "token_refused";
    return error.problem === "grant-gone" ? "grant_dead" : "other";
  };
  return {
    name: "clipshare",
    redirect_uri,
    planScopes(requested = SCOPES) {
      const unknown = requested.filter((scope) => !SCOPES.includes(scope));
      return unknown.length === 0 ? { scopes: [...requested] } : { unknown };
    },
    createCodeChallenge: () => Promise.resolve(null),
    authorizationUrl({ redirect_uri, scopes, state }) {
      const url = new URL("https://clipshare.example.com/let-in");
      url.search = new URLSearchParams({
        return_to: redirect_uri,
        may: scopes.join(" "),
        state,
      }).toString();
      return url.href;
    },
    async exchangeCode({ code }): Promise<Grant> {
      const { token, days, who, refresh, may } = await client.tokens({ code });
      return {
        platform_user_id: who,
        scopes: may ?? [],
        access_token: token,
        expires_in_seconds: days * DAY_SECONDS,
        refresh_token: refresh ?? "",
        refresh_expires_in_seconds: null,
      };
    },
    async describeAccount(grant): Promise<Account> {
      const me = await client.ask<{ handle: string; name: string }>("/me", grant.access_token);
      return {
        username: me.handle,
        display_name: me.name,
        avatar_url: null,
        capabilities: this.capabilitiesOf(grant.scopes),
      };
    },
    capabilitiesOf(scopes) {
      const available = scopes.includes("figures");
      const missing_scopes = available ? [] : ["figures"];
      return {
        figures: { available, reason: available ? null : "Allow figures.", missing_scopes },
      };
    },
    async refresh(refresh_token): Promise<RefreshedGrant> {
      const { token, days, who } = await client.tokens({ refresh: refresh_token });
      return {
        platform_user_id: who,
        scopes: null,
        access_token: token,
        expires_in_seconds: days * DAY_SECONDS,
        refresh_token: null,
        refresh_expires_in_seconds: null,
      };
    },
    async isTokenAlive(access_token) {
      try {
        await client.ask("/me", access_token);
        return true;
      } catch (error) {
        if (judge(error) === "token_refused") return false;
        throw error;
      }
    },
    revoke: (access_token) => client.ask("/forget-me", access_token, {}),
    judge,
    toProblem(error) {
      if (!(error instanceof ClipShareError)) return null;
      const away = error.status === null || error.status >= 500;
      return new Problem(
        away ? "platform_unavailable" : "platform_rejected",
        away ? "ClipShare cannot be reached." : "ClipShare refused.",
        {
          platform: "clipshare",
          platform_code: error.problem,
          ...(away ? { retry_after_seconds: 30 } : {}),
        },
      );
    },
  };
}

export const clipshareDoor = doorOf({
  settings: SETTINGS,
  make(config, fetchOnce) {
    const { CLIPSHARE_URL, CLIPSHARE_APP_SECRET, CLIPSHARE_REDIRECT_URI } = config;
    const clipshare = new ClipShareClient(CLIPSHARE_URL, CLIPSHARE_APP_SECRET, fetchOnce);
    return { clipshare, platform: createClipShare(clipshare, CLIPSHARE_REDIRECT_URI) };
  },
});
