/** A signed-in user, and calls of the functions in his name. */

import {
  createClient,
  isAuthRetryableFetchError,
  type SupabaseClient,
} from "@supabase/supabase-js";
import { decodeJwt } from "jose";
import { EXIT_CODES, Failure, unreachable, wrongUsage } from "./failure.ts";
import type { Place } from "./place.ts";

export interface Session {
  place: Place;
  user_id: string;
  supabase: SupabaseClient;
  /** Renewed where it has expired meanwhile, as during a long upload. */
  accessToken(): Promise<string>;
}

export async function signIn(place: Place): Promise<Session> {
  const credentials = place.credentials();
  if ("access_token" in credentials) {
    const { access_token } = credentials;
    const supabase = createClient(place.url, place.publishable_key, {
      accessToken: () => Promise.resolve(access_token),
    });
    const user_id = readUserId(access_token);
    return { place, user_id, supabase, accessToken: () => Promise.resolve(access_token) };
  }
  const supabase = createClient(place.url, place.publishable_key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const { data, error } = await supabase.auth.signInWithPassword(credentials);
  if (error !== null) throw notSignedIn(error);
  return {
    place,
    user_id: data.user.id,
    supabase,
    async accessToken() {
      const { data, error } = await supabase.auth.getSession();
      if (error !== null) throw notSignedIn(error);
      if (data.session === null) throw notSignedIn(new Error("The session has ended."));
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

function notSignedIn(error: Error): Failure {
  if (isAuthRetryableFetchError(error)) return unreachable("Sign-in did not answer.", error);
  return new Failure(EXIT_CODES.refused, {
    code: "unauthorized",
    title: "Sign-in refused",
    detail: error.message,
  });
}
