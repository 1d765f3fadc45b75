import { createTikTokClient, isTikTokRedirect } from "./client.js";
import { byId } from "./dom.js";
import { problemOf, renderProblem } from "./problem.js";
import { showPeople } from "./sign_in.js";
import { createWorkspace } from "./workspace.js";

/** Where TikTok's redirect waits, in this tab, until somebody is signed in and it was answered. */
const redirect_place = "nexus.redirect";

try {
  const response = await fetch("/dev/config");
  if (!response.ok) throw new Error(`/dev/config answered ${response.status}`);
  const config = await response.json();
  const home = new URL(config.supabase_url).origin;
  // The session and TikTok's way back belong to one origin: `localhost` is another one.
  if (location.origin === home) await start(config);
  else location.replace(`${home}${location.pathname}${location.search}`);
} catch (error) {
  byId("notice").replaceChildren(renderProblem(problemOf(error)));
}

async function start(config) {
  takeRedirect();
  describeTikTok(config.tiktok_origin);

  // As in any app. In this tab alone: two tabs can be two people.
  const supabase = globalThis.supabase.createClient(config.supabase_url, config.publishable_key, {
    auth: { storage: sessionStorage, storageKey: "nexus.session", detectSessionInUrl: false },
  });
  const tiktok = createTikTokClient(supabase);
  const workspace = createWorkspace({
    config,
    tiktok,
    onSessionEnd: () => supabase.auth.signOut({ scope: "local" }),
  });
  let leaving = false;
  /** Counts the sessions: one that has ended meanwhile is not begun. */
  let session = 0;

  async function enter({ user }) {
    byId("session-email").textContent = user.email;
    show(true);
    const mine = ++session;
    const redirect = sessionStorage.getItem(redirect_place);
    if (redirect) {
      await workspace.complete(redirect, () => sessionStorage.removeItem(redirect_place));
    }
    if (mine === session) workspace.start();
  }

  supabase.auth.onAuthStateChange((event) => {
    if (event !== "SIGNED_OUT" || leaving) return;
    session++;
    workspace.stop();
    show(false);
    byId("main").focus();
    workspace.say("warn", "Your session has ended. Sign in again.");
  });
  byId("sign-out").addEventListener("click", async () => {
    leaving = true;
    workspace.stop();
    // Whatever the host says: the tab has forgotten the session, and a fresh page has nothing of it.
    await supabase.auth.signOut({ scope: "local" });
    location.replace("/");
  });
  showPeople({
    users: config.users,
    async signIn(email, password) {
      const { data, error } = await supabase.auth.signInWithPassword({ email, password });
      if (error) throw error;
      byId("notice").replaceChildren();
      const entered = enter(data.session);
      byId("accounts-title").focus();
      await entered;
    },
  });

  const { data } = await supabase.auth.getSession();
  if (data.session) return await enter(data.session);
  show(false);
  if (sessionStorage.getItem(redirect_place)) {
    workspace.say("info", "Sign in as the one who started, to finish the connection.");
  }
}

/** Taken out of the address at once: a code must not stay in the history, nor be sent twice by a reload. */
function takeRedirect() {
  if (location.pathname !== "/connected") return;
  const { href } = location;
  history.replaceState(null, "", "/");
  if (isTikTokRedirect(href)) sessionStorage.setItem(redirect_place, href);
}

function show(signed_in) {
  byId("sign-in").hidden = signed_in;
  byId("workspace").hidden = byId("session").hidden = !signed_in;
}

function describeTikTok(origin) {
  const { hostname } = new URL(origin);
  const stand_in = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  byId("tiktok-note").textContent = stand_in
    ? "TikTok is a stand-in here: nothing leaves this computer."
    : `TikTok is the real one (${hostname}): posts are real.`;
}
