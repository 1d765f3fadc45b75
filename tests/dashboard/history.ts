/** An account with a month behind it, as the schedule reads it day by day. */

import type { Account } from "../../local/tiktok/index.ts";
import { equal, ok } from "../functions/support/assert.ts";
import type { World } from "../functions/support/world.ts";

const DAY_SECONDS = 86_400;
const DAYS = 30;

/** Grows from day to day, not evenly, since a month ago. */
export function growing(): (account: Account, now_ms: number) => Account {
  const began_ms = Date.now() - DAYS * DAY_SECONDS * 1000;
  return (account, now_ms) => {
    const days = Math.max(0, (now_ms - began_ms) / 1000 / DAY_SECONDS);
    const gained = Math.floor(38 * days + 160 * Math.sin(days / 4) ** 2);
    return {
      ...account,
      follower_count: account.follower_count + gained,
      following_count: account.following_count + Math.floor(days / 9),
      likes_count: account.likes_count + 11 * gained,
      videos: account.videos
        .filter(({ create_time }) => create_time * 1000 <= now_ms)
        .map((video) => ({
          ...video,
          view_count: video.view_count + 7 * gained,
          like_count: video.like_count + gained,
        })),
    };
  };
}

/**
 * Sets the clocks back, so that it is now once the month has passed: five minutes ago, for what is done
 * then. Not shortly before midnight in UTC, when no figures are asked for.
 */
export async function goBackAMonth(world: World): Promise<void> {
  const since_midnight = Date.now() / 1000 % DAY_SECONDS;
  const minutes = since_midnight < 600 ? 15 : 5;
  await world.skip(-DAYS * DAY_SECONDS - minutes * 60);
}

/** A month of the schedule. */
export async function passMonth(world: World): Promise<void> {
  for (let day = 0; day < DAYS; day++) {
    await world.skip(DAY_SECONDS);
    const { status, body } = await world.schedule.post("tiktok-analytics", {});
    equal(status, 200);
    ok(body.taken > 0, `day ${day}: ${JSON.stringify(body)}`);
  }
}

/** Longer than the month: the refresh of tokens is no matter of these tests. */
export const ACCESS_TTL_SECONDS = 60 * DAY_SECONDS;
