/**
 * The game: the same work again and again, each time killed at another moment, each time finished
 * after a restart. One host goes through many deaths on one data folder.
 */

import assert from "node:assert/strict";
import type { Job } from "../../supabase/functions/_shared/contract/post.ts";
import type { Checkpoint, Moment } from "./checkpoints.ts";
import { type PostRequest, publish } from "./posting.ts";
import { World, type WorldOptions } from "./world.ts";

export type Game = {
  world: () => WorldOptions | Promise<WorldOptions>;
  /** Readies a world; gives how a request with that idempotency key looks there. */
  prepare(world: World): Promise<(key: string) => PostRequest>;
  /** When to kill at a checkpoint of the undisturbed run. */
  moments(checkpoint: Checkpoint, all: readonly Checkpoint[]): Moment[];
  /** What must be true in the end; `death` is null for the undisturbed run. */
  check(world: World, request: PostRequest, job: Job, death: Death | null): Promise<void>;
};

export type Death = { checkpoint: Checkpoint; moment: Moment };

/** Each keeps one core busy. */
const WORLDS = 2;

export async function playCrashes(t: Deno.TestContext, game: Game): Promise<void> {
  const lanes = await Promise.all(Array.from({ length: WORLDS }, () => openLane(game)));
  try {
    const deaths = await listDeaths(game, lanes[0] ?? assert.fail());
    assert.ok(deaths.length > 0, "there is something to try");
    await Promise.all(lanes.map(async (lane) => {
      for (let death = deaths.shift(); death !== undefined; death = deaths.shift()) {
        await dieOnce(t, game, lane, death);
      }
    }));
  } finally {
    for (const { world } of lanes) await world[Symbol.asyncDispose]();
  }
}

type Lane = { world: World; makeRequest: (key: string) => PostRequest };

async function openLane(game: Game): Promise<Lane> {
  const world = await World.start(await game.world());
  return { world, makeRequest: await game.prepare(world) };
}

async function listDeaths(game: Game, { world, makeRequest }: Lane): Promise<Death[]> {
  const request = makeRequest("undisturbed");
  const checkpoints = await world.passedBy(() => publish(world, request));
  await game.check(world, request, await publish(world, request), null);
  return checkpoints.flatMap((checkpoint) =>
    game.moments(checkpoint, checkpoints).map((moment) => ({ checkpoint, moment }))
  );
}

async function dieOnce(t: Deno.TestContext, game: Game, lane: Lane, death: Death): Promise<void> {
  const { world, makeRequest } = lane;
  const { checkpoint, moment } = death;
  const name = `${moment} ${checkpoint.name} #${checkpoint.nth}`;
  await t.step({
    name,
    // The other lane's steps run at the same time.
    sanitizeOps: false,
    sanitizeResources: false,
    sanitizeExit: false,
    async fn() {
      const request = makeRequest(name);
      await world.killAt(checkpoint, moment, () => publish(world, request));
      world.checkpoints.deliverBefore(overtakenBy(checkpoint));
      const job = await publish(world, request);
      await world.checkpoints.deliver();
      await game.check(world, request, job, death);
    },
  });
}

/** What the next host does when the late request arrives: where it would do the most harm. */
function overtakenBy({ name }: Checkpoint): string {
  switch (name) {
    case "create_publish_job":
    case "claim_due_jobs":
    case "begin_post_init":
      return "POST /v2/post/publish/video/init/";
    case "finish_job_step":
      return "POST /v2/post/publish/status/fetch/";
    default:
      return "PUT /video/";
  }
}
