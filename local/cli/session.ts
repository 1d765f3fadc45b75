/** A signed-in user, and calls of the functions in his name. */

import {
  createClient,
  isAuthApiError,
  isAuthRetryableFetchError,
  type SupabaseClient,
} from "@supabase/supabase-js";
import { decodeJwt } from "jose";
import { readBounded } from "./bounded.ts";
import { EXIT_CODES, Failure, unreachable, wrongUsage } from "./failure.ts";
import type { Place } from "./place.ts";
import { quote } from "./printer.ts";
import type { Runtime } from "./runtime.ts";

/** Sign-in and the Data API answer in milliseconds; a large table over a slow line in seconds. */
const TIMEOUT_MS = 30_000;
/** A thousand connections are 1 MB. */
const MAX_ANSWER_BYTES = 16_000_000;

export interface Session {
  place: Place;
  user_id: string;
  supabase: SupabaseClient;
  /** Renewed where it has expired meanwhile, as during a long upload. */
  accessToken(): Promise<string>;
}

export async function signIn(runtime: Runtime, place: Place): Promise<Session> {
  const credentials = place.credentials();
  const global = { fetch: straight(runtime.fetch) };
  if ("access_token" in credentials) {
    const { access_token } = credentials;
    const supabase = createClient(place.url, place.publishable_key, {
      accessToken: () => Promise.resolve(access_token),
      global,
    });
    const user_id = readUserId(access_token);
    return { place, user_id, supabase, accessToken: () => Promise.resolve(access_token) };
  }
  const supabase = createClient(place.url, place.publishable_key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global,
  });
  const { data, error } = await supabase.auth.signInWithPassword(credentials);
  if (error !== null) throw notSignedIn(error, credentials.password);
  return {
    place,
    user_id: data.user.id,
    supabase,
    async accessToken() {
      const { data, error } = await supabase.auth.getSession();
      if (error !== null) throw notSignedIn(error);
      if (data.session === null) throw notSignedIn(new Error("no session"));
      return data.session.access_token;
    },
  };
}

/** Not verified: the functions do that. Here it only names the user's folder in Storage. */
function readUserId(access_token: string): string {
  const malformed = () => wrongUsage("NEXUS_ACCESS_TOKEN is not a user's access token.");
  try {
    const { sub } = decodeJwt(access_token);
    if (sub !== undefined) return sub;
  } catch (error) {
    // `jose` says no more than that it is none.
    if (error instanceof Error) throw malformed();
    throw error;
  }
  throw malformed();
}

/**
 * To the place itself and to nobody else: passwords and tokens follow no redirect, nobody waits for
 * ever, and no answer fills the memory.
 */
function straight(fetch: Runtime["fetch"]): Runtime["fetch"] {
  return async (input, init) => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const response = await fetch(input, { ...init, redirect: "error", signal });
    const text = await readBounded(response, MAX_ANSWER_BYTES);
    if (text === null) throw new TypeError("an answer without an end");
    const { status, statusText, headers } = response;
    // A status that has no body takes none, not even an empty one.
    return new Response(text === "" ? null : text, { status, statusText, headers });
  };
}

function notSignedIn(error: Error, password = ""): Failure {
  if (isAuthRetryableFetchError(error)) {
    return unreachable(
      "Sign-in did not answer: nobody is there, or another program, or it leads elsewhere.",
      error,
    );
  }
  // What is no answer of Supabase's sign-in is told in no words but ours: it may be anything.
  if (!isAuthApiError(error)) {
    return new Failure(
      EXIT_CODES.refused,
      {
        code: "unexpected_answer",
        title: "Sign-in failed",
        detail: "What answers is not Supabase's sign-in, or the session has ended.",
      },
      {},
      { cause: error },
    );
  }
  const said = password === "" ? error.message : error.message.replaceAll(password, "…");
  return new Failure(EXIT_CODES.refused, {
    code: "unauthorized",
    title: "Sign-in refused",
    detail: quote(said),
  });
}
