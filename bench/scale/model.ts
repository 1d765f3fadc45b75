/**
 * A million connections, minute by minute on a virtual clock: what the schedule has to do, what it can,
 * and what is left waiting. Only the refresh is simulated; all else is in proportion.
 */

/** Access tokens live two hours, refresh tokens 180 days (https://developers.tiktok.com/doc/oauth-user-access-token-management). */
const ACCESS_SECONDS = 7_200;
const REFRESH_DAYS = 180;
/** As `private.refresh_due_at` has it: a fifth of the life is left, five minutes at least. */
export const SLACK_SECONDS = Math.max(300, ACCESS_SECONDS / 5);
const WARM_MINUTES = (ACCESS_SECONDS - SLACK_SECONDS) / 60;
/** Shortly before half of the refresh token's life. */
const DORMANT_DAYS = REFRESH_DAYS * 0.4875;

export type Settings = {
  connections: number;
  /** The share that was used within a day, and is kept warm. */
  active_share: number;
  /** What a minute's ticks can refresh: invocations times their limit. */
  refreshes_a_minute: number;
  /** TikTok's token endpoint is away for so long, once. */
  outage_minutes: number;
};

export type Load = {
  refreshes_a_day: number;
  /** The most that one minute's ticks had to start, and the average. */
  most_due_a_minute: number;
  /** How long the last of a backlog waited, in minutes, without an outage and after it. */
  latest_minutes: number;
  latest_after_outage_minutes: number;
  /** How long after the outage nothing was late any more; null: never. */
  recovered_after_minutes: number | null;
};

const DAYS = 3;
const OUTAGE_BEGINS = 24 * 60;

export function simulate(settings: Settings): Load {
  const { connections, active_share } = settings;
  const active = connections * active_share;
  const calm = run(settings, 0);
  const troubled = run(settings, settings.outage_minutes);
  return {
    refreshes_a_day: active * 24 * 60 / WARM_MINUTES +
      (connections - active) / DORMANT_DAYS,
    most_due_a_minute: calm.most_due,
    latest_minutes: calm.latest,
    latest_after_outage_minutes: troubled.latest,
    recovered_after_minutes: troubled.recovered_at === null
      ? null
      : Math.max(0, troubled.recovered_at - OUTAGE_BEGINS - settings.outage_minutes),
  };
}

/**
 * Whoever was refreshed is due again after the warm time. Connections were made at even intervals, which
 * is what the schedule makes of any other beginning, too: it refreshes no more in a minute than it can.
 */
function run(
  { connections, active_share, refreshes_a_minute }: Settings,
  outage_minutes: number,
): { most_due: number; latest: number; recovered_at: number | null } {
  const active = connections * active_share;
  const dormant_a_minute = (connections - active) / DORMANT_DAYS / 1_440;
  const due_at = new Float64Array(DAYS * 1_440 + WARM_MINUTES + 1);
  for (let minute = 0; minute < WARM_MINUTES; minute++) due_at[minute] = active / WARM_MINUTES;
  /** First in, first out: minutes and how many of theirs still wait. */
  const waiting: { since: number; count: number; is_warm: boolean }[] = [];
  let most_due = 0;
  let latest = 0;
  let recovered_at: number | null = null;
  let was_late = false;
  for (let minute = 0; minute < DAYS * 1_440; minute++) {
    const due = due_at[minute]!;
    most_due = Math.max(most_due, due + dormant_a_minute);
    waiting.push({ since: minute, count: dormant_a_minute, is_warm: false });
    waiting.push({ since: minute, count: due, is_warm: true });
    const is_down = minute >= OUTAGE_BEGINS && minute < OUTAGE_BEGINS + outage_minutes;
    let room = is_down ? 0 : refreshes_a_minute;
    while (room > 0 && waiting.length > 0) {
      const [first] = waiting as [typeof waiting[number]];
      const taken = Math.min(room, first.count);
      room -= taken;
      first.count -= taken;
      if (first.is_warm) due_at[minute + WARM_MINUTES]! += taken;
      if (first.count <= 0) waiting.shift();
    }
    const late = waiting.length === 0 ? 0 : minute - waiting[0]!.since;
    latest = Math.max(latest, late);
    if (minute < OUTAGE_BEGINS) continue;
    if (late > 1) {
      was_late = true;
      recovered_at = null;
    } else if (was_late && recovered_at === null) recovered_at = minute;
  }
  return {
    most_due,
    latest,
    recovered_at: was_late ? recovered_at : OUTAGE_BEGINS + outage_minutes,
  };
}
