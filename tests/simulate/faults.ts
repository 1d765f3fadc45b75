/** What goes wrong in a seed, and how often; drawn once a seed, then once for each request. */

import type { Fate, IncomingRequest } from "./network.ts";
import type { Random } from "./random.ts";

type Rates = {
  /** Of requests that fail on their way, by whom they go to. */
  tiktok: number;
  storage: number;
  database: number;
  /** Of requests that take long, and how long at most. */
  slow: number;
  slow_ms: number;
  /** Of invocations that are killed, and that fall asleep for longer than a lease. */
  kill: number;
  sleep: number;
  /** Of answers that never reach the one who called a function. */
  caller: number;
  /** Of requests whose token or upload address dies at the moment when it arrives. */
  spoil: number;
  /** Of TikTok's refusals in its own words. */
  refusal: number;
  /** Of files that TikTok refuses once it has them. */
  rejection: number;
  /** Of clocks that are not the database's, and by how much at most. */
  skew_ms: number;
};

const CALM: Rates = {
  tiktok: 0,
  storage: 0,
  database: 0,
  slow: 0,
  slow_ms: 0,
  kill: 0,
  sleep: 0,
  caller: 0,
  spoil: 0,
  refusal: 0,
  rejection: 0,
  skew_ms: 0,
};

export class Faults {
  rates: Rates;
  /** As they were before the faults stopped. */
  readonly drawn: Rates;

  constructor(private readonly random: Random) {
    const rate = (most: number) => random.chance(0.5) ? random.between(0, most) : 0;
    this.rates = random.chance(0.08) ? CALM : {
      tiktok: rate(0.25),
      storage: rate(0.15),
      database: rate(0.06),
      slow: rate(0.1),
      slow_ms: random.pick([3_000, 30_000, 120_000]),
      kill: rate(0.35),
      sleep: rate(1),
      caller: rate(0.2),
      spoil: rate(0.08),
      refusal: rate(0.15),
      rejection: rate(0.2),
      skew_ms: random.pick([0, 0, 2_000, 60_000]),
    };
    this.drawn = this.rates;
  }

  stop(): void {
    this.rates = CALM;
  }

  /** A whole number of milliseconds that a message may take. */
  #travel(): number {
    return this.random.chance(this.rates.slow)
      ? this.random.whole(1, this.rates.slow_ms)
      : this.random.whole(1, 40);
  }

  #fate(): Fate {
    return {
      way_there_ms: this.#travel(),
      way_back_ms: this.#travel(),
      trouble: null,
      instead: null,
      delivered: false,
    };
  }

  toStorage(): Fate {
    const fate = this.#fate();
    if (!this.random.chance(this.rates.storage)) return fate;
    const kind = this.random.pick(["refused", "unanswered", "torn", "mute", "status"] as const);
    return kind === "status"
      ? { ...fate, instead: { response: new Response(null, { status: 503 }), acts: false } }
      : { ...fate, trouble: kind };
  }

  toTikTok(): Fate {
    const fate = this.#fate();
    if (!this.random.chance(this.rates.tiktok)) return fate;
    const kind = this.random.weighted({
      refused: 3,
      lost: 2,
      cut: 2,
      unanswered: 8,
      torn: 2,
      silent: 1,
      mute: 2,
      status: 3,
      status_after: 3,
      limited: 2,
      garbage: 1,
    });
    switch (kind) {
      case "status":
      case "status_after": {
        const response = new Response(null, { status: this.random.pick([500, 502, 503, 504]) });
        return { ...fate, instead: { response, acts: kind === "status_after" } };
      }
      case "limited":
        return { ...fate, instead: { response: limited(this.random), acts: false } };
      case "garbage":
        return { ...fate, instead: { response: new Response("<html>"), acts: true } };
      default:
        return { ...fate, trouble: kind };
    }
  }

  toDatabase(): {
    way_there_ms: number;
    way_back_ms: number;
    trouble: "lost" | "unanswered" | "repeated" | null;
  } {
    const trouble = this.random.chance(this.rates.database)
      ? this.random.pick(["lost", "unanswered", "repeated"] as const)
      : null;
    return {
      way_there_ms: this.random.whole(1, 10),
      way_back_ms: this.random.whole(1, 10),
      trouble,
    };
  }

  /** How many steps an invocation has before it is killed. */
  stepsOfInvocation(): number {
    return this.random.chance(this.rates.kill) ? this.random.whole(0, 60) : Infinity;
  }

  /** How long an invocation sleeps before this step; most likely where it hurts most. */
  sleep_ms(label: string): number {
    const chance = this.rates.sleep * (/init/.test(label) ? 0.3 : 0.04);
    return this.random.chance(chance) ? this.random.whole(20_000, 900_000) : 0;
  }

  skew_ms(): number {
    return this.random.whole(-this.rates.skew_ms, this.rates.skew_ms);
  }

  answerIsLost(): boolean {
    return this.random.chance(this.rates.caller);
  }

  /** A refusal in TikTok's own words for this request, or null. */
  refusalOf({ path }: IncomingRequest): string | null {
    if (!this.random.chance(this.rates.refusal)) return null;
    if (path.includes("/init/")) {
      return this.random.pick([
        "rate_limit_exceeded",
        "spam_risk_too_many_posts",
        "internal_error",
        "reached_active_user_cap",
        "access_token_invalid",
      ]);
    }
    if (path.includes("/status/fetch/") || path.includes("/creator_info/")) {
      return this.random.pick(["rate_limit_exceeded", "internal_error", "access_token_invalid"]);
    }
    return null;
  }

  /** Most often an upload that has all its bytes: who asks again must not begin anew. */
  spoils(method: string, isComplete: boolean): boolean {
    const times = isComplete ? 10 : method === "PUT" ? 2 : 1;
    return this.random.chance(Math.min(0.8, this.rates.spoil * times));
  }

  /** The answer to an upload's last bytes: it matters most, so it is lost more often than others. */
  losesLastAnswer(): boolean {
    return this.random.chance(this.rates.tiktok * 2);
  }

  rejectionOfFile() {
    return this.random.chance(this.rates.rejection)
      ? this.random.pick(["internal", "file_format_check_failed", "spam_risk"] as const)
      : null;
  }
}

function limited(random: Random): Response {
  const error = { code: "rate_limit_exceeded", message: "", log_id: "0" };
  return Response.json({ data: {}, error }, {
    status: 429,
    headers: random.chance(0.5) ? { "retry-after": String(random.whole(1, 90)) } : {},
  });
}
