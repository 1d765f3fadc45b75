/** One line of the table of attacks and faults, and what it means to stand it. */

import { equal, isProblem, same } from "../../functions/support/assert.ts";
import type { Answer } from "../../functions/support/caller.ts";
import { findSecrets, readAnswers } from "../../functions/support/search.ts";
import { Snapshot, type Traces } from "./snapshot.ts";
import type { Stage } from "./stage.ts";

/** An answer, or the problem that became of a job. */
export type Heard = Answer | { error: { status: number; code: string } };

/** The attack itself, made ready; and what must hold once it is over. */
export type Strike = {
  strike(): Promise<Heard | Heard[]>;
  after?(heard: Heard[]): Promise<void> | void;
};

export type Attack = {
  /** Reads as a sentence. */
  name: string;
  /** What is said to it, each time that it is tried: a status, and our code if it is a refusal. */
  refused: readonly [status: number, code?: string];
  /** What the operator finds in the error log: an entry with that code for each refusal, or these. */
  logged?: true | string[];
  /** All that it may and must leave behind. */
  leaves?: Partial<Pick<Traces, "rows" | "asked">>;
  /** What is done here is not counted. */
  prepare(stage: Stage): Promise<Strike> | Strike;
};

/** Plays it. Whatever it changes beyond what the line allows is a failure, and so is a change less. */
export async function play(stage: Stage, attack: Attack): Promise<void> {
  const { world } = stage;
  try {
    const { strike, after } = await attack.prepare(stage);
    const before = await Snapshot.take(world);
    const heard = [await strike()].flat();
    const traces = before.compare(await Snapshot.take(world));

    equal(heard.length > 0, true, "something was tried");
    const [status, code] = attack.refused;
    for (const one of heard) isRefused(one, status, code);
    const answers = heard.filter((one): one is Answer => !("error" in one));
    same(findSecrets(readAnswers(answers), world.tiktok.state.issuedSecrets()), []);
    const { rows = {}, asked = [] } = attack.leaves ?? {};
    const logged = attack.logged === true ? heard.map(() => code) : attack.logged ?? [];
    same(traces, { rows, asked: [...asked].sort(), logged, posts: 0 });
    await after?.(heard);
  } finally {
    await stage.end();
  }
}

function isRefused(heard: Heard, status: number, code: string | undefined): void {
  if ("error" in heard) {
    equal(`${heard.error?.status} ${heard.error?.code}`, `${status} ${code}`);
  } else if (code === undefined) {
    equal(heard.status, status, JSON.stringify(heard.body));
  } else {
    isProblem(heard, status, code);
    equal(heard.headers.get("location"), null, "a refusal leads nowhere");
    equal(heard.headers.get("cache-control"), "no-store");
  }
}
