/** `initiate`: TikTok's authorization URL, for the user who is signed in. */

import { initiateAnswer } from "../../../supabase/functions/_shared/contract/connection.ts";
import { parseScopes } from "../../../supabase/functions/_shared/tiktok/index.ts";
import { callFunction } from "../call.ts";
import type { Command } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { showAuthorization } from "../printer.ts";
import { signIn } from "../session.ts";

export const initiate: Command = async (values, runtime) => {
  const scopes = values.text("scopes");
  const redirect_to = values.text("redirect-to");
  const session = await signIn(runtime, await findPlace(runtime));
  const answer = await callFunction(runtime, session, {
    method: "POST",
    path: "tiktok-initiate",
    body: {
      ...(scopes === undefined ? {} : { scopes: parseScopes(scopes) }),
      ...(redirect_to === undefined ? {} : { redirect_to }),
    },
  }, initiateAnswer);
  return {
    ok: true,
    document: answer,
    show(printer) {
      showAuthorization(printer, answer.authorization_url, answer.scopes);
      printer.line(`Good until ${answer.expires_at}, once, for the user who is signed in here.`);
    },
  };
};
