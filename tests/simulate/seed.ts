/** One seed: a world, its people and its schedule, until everything rests; then the checks. */

import { keyRing, type Process } from "./process.ts";
import type { Database } from "./database.ts";
import { check } from "./checks.ts";
import { live } from "./life.ts";
import { Person } from "./people.ts";
import { readRecord } from "./record.ts";
import { Schedule } from "./schedule.ts";
import { World } from "./world.ts";

export type Outcome = {
  seed: number;
  hash: string;
  violations: string[];
  events: number;
  /** How many jobs ended as what, for the report. */
  statuses: Record<string, number>;
  trace: string[] | null;
};

const HOUR_MS = 3_600_000;

export async function runSeed(
  seed: number,
  process: Process,
  database: Database,
  keepsTrace = false,
): Promise<Outcome> {
  await database.empty();
  await database.pglite.exec(
    `insert into auth.users (id) values ${process.users.map(({ id }) => `('${id}')`).join(", ")};
     set role service_role`,
  );
  const world = new World(seed, process, database, keepsTrace);
  const { random, simulator } = world;
  process.setEnvironment({
    TIKTOK_DAILY_POST_LIMIT: String(random.pick([1, 2, 5])),
    TOKEN_ENCRYPTION_KEYS: keyRing("one"),
  });

  const span_ms = random.pick([0.2, 0.2, 3, 3, 30]) * HOUR_MS;
  const schedule = new Schedule(world, span_ms);
  const people = process.users.slice(0, random.pick([1, 1, 1, 1, 2, 3]))
    .map((user) => new Person(world, user));
  live(world, people, span_ms);
  schedule.start();
  await simulator.run(simulator.now_ms + span_ms);

  world.faults.stop();
  simulator.note("the faults stop");
  await schedule.settle();
  const record = await readRecord(world, people, schedule);
  const violations = check(record);
  await world.tiktok.dispose();
  const statuses: Record<string, number> = {};
  for (const { status } of record.jobs) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    seed,
    hash: simulator.hash,
    violations,
    events: simulator.events,
    statuses,
    trace: simulator.trace,
  };
}
