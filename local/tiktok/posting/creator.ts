import { authenticate, readBody } from "../bearer.ts";
import { ok } from "../door.ts";
import { ApiFailure } from "../failures.ts";
import { checkMembers } from "../json.ts";
import type { Account } from "../records.ts";
import type { Exchange, World } from "../world.ts";

const DAY_MS = 24 * 3600 * 1000;

/** POST /v2/post/publish/creator_info/query/: https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info */
export async function showCreator(exchange: Exchange): Promise<Response> {
  const { account } = authenticate(exchange, ["video.publish"]);
  checkMembers(await readBody(exchange.request, true), {});
  const blocked = whyBlocked(exchange.world, account);
  // Documented: the code fails while the HTTP status says 200.
  if (blocked !== null) throw new ApiFailure(blocked, "The creator may not post now", 200);
  return ok(exchange, {
    creator_avatar_url: `${exchange.url.origin}/picture/${account.username}.svg`,
    creator_username: account.username,
    creator_nickname: account.nickname,
    privacy_level_options: privacyOptions(account),
    comment_disabled: account.comment_disabled,
    duet_disabled: account.duet_disabled || account.visibility === "private",
    stitch_disabled: account.stitch_disabled || account.visibility === "private",
    max_video_post_duration_sec: account.max_video_duration_seconds,
  });
}

export function privacyOptions(account: Account): string[] {
  return account.visibility === "public"
    ? ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    : ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"];
}

/** The code that stands against any direct post of this account now. */
export function whyBlocked(world: World, account: Account): string | null {
  if (account.posting !== "allowed") return account.posting;
  const since = world.settings.now() - DAY_MS;
  const today = world.store.all("publishes").filter((publish) =>
    publish.open_id === account.open_id && publish.mode === "direct" &&
    publish.status !== "failed" && publish.created_at > since
  );
  const full = today.length >= world.settings.daily_posts_per_creator;
  return full ? "spam_risk_too_many_posts" : null;
}

/** At most 5 shares in 24 hours that the user has not made a post of yet. */
export function checkDraftRoom(world: World, account: Account): void {
  const since = world.settings.now() - DAY_MS;
  const pending = world.store.all("publishes").filter((publish) =>
    publish.open_id === account.open_id && publish.mode === "draft" &&
    publish.status !== "failed" && publish.status !== "published" && publish.created_at > since
  );
  if (pending.length >= 5) {
    throw new ApiFailure("spam_risk_too_many_pending_share", "5 shares are pending already");
  }
}

/** What TikTok asks of a direct post beyond its form. */
export function checkMayPost(world: World, account: Account, privacy_level: string): void {
  const blocked = whyBlocked(world, account);
  if (blocked !== null) throw new ApiFailure(blocked, "The creator may not post now");
  const unaudited = !world.settings.app.audited;
  if (unaudited && account.visibility === "public") {
    throw new ApiFailure(
      "unaudited_client_can_only_post_to_private_accounts",
      "Please review our integration guidelines",
    );
  }
  const offered = privacyOptions(account).includes(privacy_level);
  if (!offered || (unaudited && privacy_level !== "SELF_ONLY")) {
    throw new ApiFailure("privacy_level_option_mismatch", "Please review our guidelines");
  }
}
