/** Where attacks are played: a world with a victim, an attacker, and what each of them has. */

import { readClip, videoDraft } from "../../functions/support/media.ts";
import type { Person } from "../../functions/support/person.ts";
import type { World } from "../../functions/support/world.ts";

/** Somebody with all that a user of Nexus can have. */
export type Resident = {
  person: Person;
  account: string;
  connection_id: string;
  /** Of a video in Storage. */
  path: string;
  /** A draft of it, a year ahead, that nothing has been done for yet. */
  job_id: string;
  /** What TikTok's page has just sent him back with; not yet used. */
  query: URLSearchParams;
};

/** An access token lives for two hours, and is due with less than a fifth of that left. */
const WARM_SECONDS = 1.7 * 3600;
const YEAR_MS = 365 * 24 * 3600 * 1000;

export class Stage {
  #undo: (() => unknown)[] = [];

  private constructor(
    readonly world: World,
    readonly victim: Resident,
    readonly attacker: Resident,
  ) {}

  static async open(world: World): Promise<Stage> {
    return new Stage(world, await settle(world), await settle(world));
  }

  /** Undone at the end of the attack, the last first. */
  defer(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  /** An environment variable for as long as the attack takes. */
  setEnv(name: string, value: string): void {
    const before = Deno.env.get(name);
    Deno.env.set(name, value);
    this.defer(() => before === undefined ? Deno.env.delete(name) : Deno.env.set(name, before));
  }

  async end(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
    this.world.tiktok.faults.clear();
  }

  /** A new user who has only just come back from TikTok. */
  async returned(account = this.world.takeAccount()) {
    const person = await this.world.person();
    return { person, account, query: await person.authorize({ account }) };
  }

  /** A new user with a connection that he has used, so that using it again changes nothing. */
  async connected(account = this.world.takeAccount()) {
    const person = await this.world.person();
    const { id } = await person.connect({ account });
    await this.use(person, id);
    return { person, account, id };
  }

  /** Asks for what needs the access token and nothing else of TikTok. */
  use(person: Person, connection_id: string) {
    return person.get(`tiktok-creator?connection_id=${connection_id}`);
  }

  /** Lets the schedule find this connection due for a refresh, and no other. */
  async makeDue(connection_id: string): Promise<void> {
    await this.world.skip(WARM_SECONDS);
    await this.tamper(
      `update public.platform_connections set refresh_due_at = private.now() + interval '1 day'
        where id <> $1 and refresh_due_at is not null`,
      [connection_id],
    );
  }

  /** Changes the database as somebody could who may write rows. */
  tamper(statement: string, params: unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.world.host.sql.query(statement, params);
  }
}

async function settle(world: World): Promise<Resident> {
  const person = await world.person();
  const account = world.takeAccount();
  const { id: connection_id } = await person.connect({ account });
  const path = await person.upload("clip.mp4", await readClip());
  const scheduled_at = new Date(Date.now() + YEAR_MS).toISOString();
  const { id: job_id } = await person.publish(videoDraft(connection_id, path, { scheduled_at }));
  const query = await person.authorize({ account });
  return { person, account, connection_id, path, job_id, query };
}
