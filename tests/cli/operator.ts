import assert from "node:assert/strict";
import type { Person } from "../functions/support/person.ts";
import type { World } from "../functions/support/world.ts";
import { type Ran, runProcess } from "./support.ts";

/** A Nexus user at his terminal: a new one each time, who signs in by a token. */
export class Operator {
  /** All that any command of anybody has said. */
  static readonly said: string[] = [];

  private constructor(
    readonly person: Person,
    readonly env: Record<string, string>,
    readonly connections: string[],
  ) {}

  /** A new user with so many accounts. */
  static async with(world: World, accounts: number): Promise<Operator> {
    const person = await world.person();
    const env = { NEXUS_URL: world.host.url, NEXUS_ACCESS_TOKEN: person.token };
    const operator = new Operator(person, env, []);
    while (operator.connections.length < accounts) await operator.connect();
    return operator;
  }

  async connect(): Promise<void> {
    this.connections.push((await this.person.connect()).id);
  }

  async run(...args: string[]): Promise<Ran> {
    const ran = await runProcess(args, this.env);
    Operator.said.push(ran.stdout, ran.stderr);
    return ran;
  }

  async json(...args: string[]) {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    assert.equal(stderr, "", "with --json nothing is said beside the document");
    return { code, document: JSON.parse(stdout) };
  }

  async storedVideos(): Promise<number> {
    const [row] = await this.person.world.host.sql.query(
      "select count(*)::int as count from storage.objects where name like $1",
      [`${this.person.id}/%`],
    );
    return Number(row?.count);
  }
}
