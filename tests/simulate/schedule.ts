/** The schedule of the database, and TikTok's deliveries of webhooks. */

import type { World } from "./world.ts";

type Due = {
  poll_at: number | null;
  refresh_at: number | null;
  revoke_at: number | null;
  follow_at: number | null;
};

const DAY_MS = 86_400_000;
/** A week of waiting for a reconnect, or for TikTok to speak, and some room. */
const HORIZON_MS = 16 * DAY_MS;
/** Settled posts are asked about for weeks; a look or two at each is enough here. */
const FOLLOWED_MS = DAY_MS / 4;
const MOST_TICKS = 600;

export class Schedule {
  /** What each tick answered that was answered at all. */
  readonly answers: { slug: string; body: Record<string, unknown> }[] = [];
  came_to_rest = false;
  #isOver = false;
  /** Without webhooks, everything must be found out by asking. */
  readonly tellsByItself: boolean;

  constructor(private readonly world: World, private readonly span_ms: number) {
    this.tellsByItself = world.random.chance(0.6);
  }

  /** Ticks at irregular times, more than one at once now and then, and events in any order. */
  start(): void {
    const { simulator, random } = this.world;
    const pause_ms = () => random.between(1_000, Math.max(60_000, this.span_ms / 20));
    const repeat = (label: string, work: () => unknown) => {
      const again = async () => {
        if (this.#isOver) return;
        await work();
        simulator.after(pause_ms(), label, again);
      };
      simulator.after(pause_ms(), label, again);
    };
    repeat("ticks", async () => {
      // A tick that finds nothing to do changes nothing; a few of those are enough.
      const due = await this.#readDue();
      const isDue = (at: number | null) => random.chance(0.03) || isOver(at, simulator.now_ms);
      if (isDue(due.poll_at)) {
        for (let count = random.pick([1, 1, 1, 2, 3]); count > 0; count--) {
          void this.#tick("tiktok-status-poll", random.pick([1, 5, 25]));
        }
      }
      if (isDue(due.refresh_at) || isOver(due.revoke_at, simulator.now_ms)) {
        for (let count = random.pick([1, 1, 2]); count > 0; count--) {
          void this.#tick("tiktok-refresh", random.pick([2, 25]));
        }
      }
    });
    if (this.tellsByItself) repeat("webhooks", () => this.#deliver(0.4, 0.1));
  }

  async #tick(slug: string, limit: number): Promise<void> {
    const answer = await this.world.tick(slug, limit);
    if (answer?.status === 200) this.answers.push({ slug, body: answer.body });
  }

  /** Lets TikTok send what it has to tell: some of it now, some of it later or twice. */
  #deliver(skipped: number, doubled: number): void {
    const { tiktok, random, simulator } = this.world;
    void tiktok.webhooks.deliver(async (input) => {
      const request = input as Request;
      if (random.chance(skipped)) return new Response(null, { status: 503 });
      const body = await request.text();
      const headers = Object.fromEntries(request.headers);
      const send = () => this.world.call("tiktok-webhook", "POST", { headers, body });
      if (random.chance(doubled)) {
        simulator.after(random.whole(0, 600_000), "a webhook comes again", () => void send());
      }
      const answer = await send();
      if (answer === null) throw new TypeError("the connection broke");
      return new Response(null, { status: answer.status });
    });
  }

  /** Faultless ticks at the times when there is something to do, until nothing is left to be done. */
  async settle(): Promise<void> {
    const { simulator } = this.world;
    this.#isOver = true;
    const until_ms = simulator.now_ms + HORIZON_MS;
    const followed_until_ms = simulator.now_ms + FOLLOWED_MS;
    // What is under way ends, or is killed by its own time limits.
    await simulator.run(simulator.now_ms + 20 * 60_000);
    for (let ticks = 0; ticks < MOST_TICKS; ticks++) {
      const due = await this.#readDue();
      // Tokens are renewed by their use as well; only for their own sake nobody waits here.
      const next_ms = Math.min(
        due.poll_at ?? Infinity,
        due.revoke_at ?? Infinity,
        simulator.now_ms < followed_until_ms ? due.follow_at ?? Infinity : Infinity,
      );
      if (next_ms > until_ms) {
        if (!this.#hasNews()) {
          this.came_to_rest = true;
          return;
        }
        await this.#hearNews();
        continue;
      }
      await simulator.run(Math.max(simulator.now_ms, next_ms) + 10);
      const isDue = (at: number | null) => isOver(at, simulator.now_ms);
      if (isDue(due.poll_at) || isDue(due.follow_at)) void this.#tick("tiktok-status-poll", 25);
      if (isDue(due.revoke_at) || (isDue(due.refresh_at) && ticks % 3 === 0)) {
        void this.#tick("tiktok-refresh", 25);
      }
      await this.#hearNews();
    }
  }

  /** Whether TikTok still has something to tell, such as a draft that was finished just now. */
  #hasNews(): boolean {
    const { tiktok, simulator } = this.world;
    return this.tellsByItself &&
      tiktok.state.events.some(({ delivered_at, create_time }) =>
        delivered_at === null && create_time * 1000 <= simulator.now_ms
      );
  }

  async #hearNews(): Promise<void> {
    const { simulator } = this.world;
    if (this.tellsByItself) this.#deliver(0, 0);
    await simulator.run(simulator.now_ms + 30_000);
  }

  async #readDue(): Promise<Due> {
    const [due] = await this.world.database.read<Due>("execute simulated_due");
    return due!;
  }

  sums(): string[] {
    return this.answers.flatMap(({ slug, body }) => {
      const { claimed, ...rest } = body as Record<string, number>;
      const sum = Object.values(rest).reduce((total, count) => total + count, 0);
      return sum === claimed ? [] : [`${slug} answered ${JSON.stringify(body)}`];
    });
  }
}

function isOver(at: number | null, now_ms: number): boolean {
  return at !== null && at <= now_ms;
}
