import { createApi } from "./api.js";
import { byId } from "./dom.js";
import { problemOf, renderProblem } from "./problem.js";
import { takeRedirect } from "./redirect.js";
import { createSession } from "./session.js";
import { showPeople } from "./sign_in.js";
import { uploadVideo } from "./upload.js";
import { createWorkspace } from "./workspace.js";

/** What TikTok sent along waits here until somebody is signed in. */
let redirect;

try {
  const response = await fetch("/dev/config");
  if (!response.ok) throw new Error(`/dev/config answered ${response.status}`);
  const config = await response.json();
  const home = new URL(config.supabase_url).origin;
  // The session and TikTok's way back belong to one origin: `localhost` is another one.
  if (location.origin === home) start(config);
  else location.replace(`${home}${location.pathname}${location.search}`);
} catch (error) {
  byId("notice").replaceChildren(renderProblem(problemOf(error)));
}

function start(config) {
  redirect = takeRedirect();
  describeTikTok(config.tiktok_origin);

  const session = createSession(config, () => {
    leave();
    workspace.say("warn", "Your session has ended. Sign in again.");
  });
  const api = createApi(config, session);
  const workspace = createWorkspace({
    config,
    api,
    upload: async (file, onProgress) =>
      await uploadVideo({
        config,
        access_token: await session.accessToken(),
        user_id: session.user().id,
        file,
        onProgress,
      }),
  });

  async function enter() {
    const { email } = session.user();
    byId("session-email").textContent = email;
    show(true);
    if (redirect) {
      const answer = redirect;
      redirect = undefined;
      await workspace.complete(answer);
    }
    await workspace.start();
  }

  function leave() {
    workspace.stop();
    show(false);
    byId("main").focus();
  }

  byId("sign-out").addEventListener("click", async () => {
    try {
      await session.signOut();
    } finally {
      // The tab has forgotten the session in any case; a fresh page has nothing of it left.
      location.replace("/");
    }
  });
  showPeople({
    users: config.users,
    session,
    async onSignedIn() {
      byId("notice").replaceChildren();
      const entered = enter();
      byId("accounts-title").focus();
      await entered;
    },
  });

  if (session.user()) return enter();
  show(false);
  if (redirect) workspace.say("info", "Sign in as the one who started, to finish the connection.");
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
