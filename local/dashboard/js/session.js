import { ProblemError, readProblem } from "./problem.js";

const storage_key = "nexus.session";
/** A token is renewed before it ends, so that no request leaves with a dying one. */
const renew_before_ms = 60_000;

/**
 * Who is signed in, in this tab alone: two tabs can be two people.
 * @param {{supabase_url: string, publishable_key: string}} config
 * @param {() => void} onEnd called when the session can't go on
 */
export function createSession(config, onEnd) {
  let current = read();
  /** One refresh at a time: the refresh token is good for one. */
  let renewing;

  async function grant(type, body) {
    const url = `${config.supabase_url}/auth/v1/token?grant_type=${type}`;
    const response = await fetch(url, {
      method: "POST",
      headers: { apikey: config.publishable_key, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new ProblemError(await readProblem(response));
    const { access_token, refresh_token, expires_in, user } = await response.json();
    keep({ access_token, refresh_token, expires_at_ms: Date.now() + expires_in * 1000, user });
  }

  function keep(session) {
    current = session;
    if (session) sessionStorage.setItem(storage_key, JSON.stringify(session));
    else sessionStorage.removeItem(storage_key);
  }

  function end() {
    if (!current) return;
    keep(undefined);
    // Later: whoever asked shows his own failure first.
    setTimeout(onEnd);
  }

  return {
    /** `{id, email}`, or undefined. */
    user: () => current?.user,
    signIn: (email, password) => grant("password", { email, password }),
    async accessToken() {
      if (current && current.expires_at_ms - Date.now() > renew_before_ms) {
        return current.access_token;
      }
      renewing ??= grant("refresh_token", { refresh_token: current?.refresh_token })
        .finally(() => renewing = undefined);
      try {
        await renewing;
      } catch (error) {
        if (error instanceof ProblemError) end();
        throw error;
      }
      return current.access_token;
    },
    /** For a session that the host no longer knows. */
    end,
    async signOut() {
      const { access_token } = current ?? {};
      keep(undefined);
      await fetch(`${config.supabase_url}/auth/v1/logout?scope=local`, {
        method: "POST",
        headers: { apikey: config.publishable_key, authorization: `Bearer ${access_token}` },
      });
    },
  };
}

function read() {
  const text = sessionStorage.getItem(storage_key);
  return text ? JSON.parse(text) : undefined;
}
