import { json } from "../door.ts";
import { OAuthFailure } from "../failures.ts";
import { REMOVED_BY, removeGrant } from "../grants.ts";
import type { Exchange } from "../world.ts";
import { need, readForm } from "./form.ts";

/**
 * POST /v2/oauth/revoke/ takes a live access token, and the whole grant goes:
 * https://developers.tiktok.com/docs/en/oauth-revoke-a-user-access-token
 */
export async function revokeToken({ world, request, call }: Exchange): Promise<Response> {
  const form = await readForm(request, world.settings);
  const token = world.store.get("tokens", need(form, "token"));
  // Whether TikTok takes an expired one is not documented: a client had better refresh first.
  if (token?.kind !== "access" || token.dead || token.expires_at <= world.settings.now()) {
    throw new OAuthFailure("invalid_request", "The access token is invalid or expired.");
  }
  call.account = token.open_id;
  removeGrant(world, token.open_id, REMOVED_BY.developer);
  return json({}, 200);
}
