import { call } from "./call.ts";
import type { Abortable } from "./connections.ts";
import { invalid, isLost } from "./error.ts";
import { page } from "./page.ts";
import type { Supabase } from "./supabase.ts";
import type { Authorization, Connection, InitiateRequest } from "./types.ts";

export type ConnectOptions = Omit<InitiateRequest, "dry_run"> & Abortable & {
  /** In a browser: open TikTok's page in this window. */
  navigate?: boolean;
};

/**
 * Starts a connection. The browser goes to `authorization_url` next. Throws `invalid_request`, also for
 * `navigate` where there is no page that could go there.
 */
export async function connect(
  supabase: Supabase,
  { navigate, signal, ...body }: ConnectOptions = {},
): Promise<Authorization> {
  const { location } = page();
  if (navigate && !location?.assign) {
    throw invalid("navigate", "works on a page alone; elsewhere go to authorization_url yourself");
  }
  const answer = await call<Authorization>(supabase, "tiktok-initiate", { body, signal });
  if (navigate) location?.assign(answer.authorization_url);
  return answer;
}

/** What TikTok's redirect brings; Supabase Auth's own redirects have no `state`. */
type Redirect = { state: string; code?: string; error?: string; error_description?: string };

const FIELDS = ["state", "code", "error", "error_description"] as const;

/** Whether the address, by default the page's own, is the one that TikTok's redirect leads to. */
export function isTikTokRedirect(url: string | URL | undefined = page().location?.href): boolean {
  return url !== undefined && readRedirect(url) !== null;
}

function readRedirect(url: string | URL): Redirect | null {
  const { searchParams } = parse(url);
  const redirect: Partial<Redirect> = {};
  for (const name of FIELDS) {
    const value = searchParams.get(name);
    if (value) redirect[name] = value;
  }
  const { state, code, error } = redirect;
  return state && (code || error) ? redirect as Redirect : null;
}

function parse(url: string | URL): URL {
  try {
    return new URL(url);
  } catch {
    throw invalid("url", "must be an absolute URL");
  }
}

export type CompleteOptions = {
  /** The address that TikTok's redirect led to; the page's own if left out. */
  url?: string | URL;
};

/** A page's latest completion. `lost`: no answer came, so it may be asked again. */
type Completion = {
  redirect: Redirect;
  answer: Promise<Connection>;
  phase: "running" | "done" | "lost";
};

// A state can be used once, but a page may be shown twice, as React's StrictMode does.
let latest: Completion | undefined;

/**
 * Completes a connection, on the page that `redirect_to` names: null if its address brings nothing to
 * complete. What TikTok sent is taken out of the page's address at once. Throws `access_denied` if the
 * user refused. After a `network` failure it may be called again.
 */
export async function completeConnection(
  supabase: Supabase,
  { url }: CompleteOptions = {},
): Promise<Connection | null> {
  const address = url ?? page().location?.href;
  if (address === undefined) {
    throw invalid("url", "is needed outside a browser: where TikTok's redirect led to");
  }
  const redirect = readRedirect(address);
  if (redirect !== null) cleanAddress(redirect.state);
  // A server completes for many users: nothing is kept between its calls.
  if (page().document === undefined) return redirect && await complete(supabase, redirect);

  const is_again = redirect === null
    ? url === undefined && latest?.phase !== "done"
    : redirect.state === latest?.redirect.state;
  const wanted = redirect ?? (is_again ? latest?.redirect : undefined);
  if (wanted === undefined) return null;
  if (!is_again || latest === undefined || latest.phase === "lost") {
    latest = remember(wanted, complete(supabase, wanted));
  }
  return await latest.answer;
}

function remember(redirect: Redirect, answer: Promise<Connection>): Completion {
  const completion: Completion = { redirect, answer, phase: "running" };
  answer.then(
    () => completion.phase = "done",
    (error) => completion.phase = isLost(error) ? "lost" : "done",
  );
  return completion;
}

async function complete(supabase: Supabase, body: Redirect): Promise<Connection> {
  const answer = await call<{ connection: Connection }>(supabase, "tiktok-callback", { body });
  return answer.connection;
}

/** A code must not stay in the history, nor be sent again by a reload. */
function cleanAddress(state: string): void {
  const { location, history } = page();
  if (!location || !history) return;
  const url = new URL(location.href);
  if (url.searchParams.get("state") !== state) return;
  for (const name of [...FIELDS, "scopes"]) url.searchParams.delete(name);
  history.replaceState(history.state, "", url.href);
}
