/** All the places of a PostgreSQL server, and of what runs on it, where a secret could be left. */

import { ok } from "../../functions/support/assert.ts";
import { formsOf, type Place, readAnswers, readTables } from "../../functions/support/search.ts";
import type { World } from "../../functions/support/world.ts";
import type { PostgresServer } from "../../support/postgres.ts";

/** Collects what is to be searched, over and over: what is gone at the end was there before. */
export class Search {
  readonly places: Place[] = [];
  readonly sealing_keys: string[];
  #logs = 0;

  constructor(readonly world: World, readonly server: PostgresServer) {
    this.sealing_keys = Object.values(JSON.parse(keyRing()).keys);
  }

  /** Makes a new key the current one. */
  rotateKeys(): void {
    const next = crypto.getRandomValues(new Uint8Array(32))
      .toBase64({ alphabet: "base64url", omitPadding: true });
    this.sealing_keys.push(next);
    const { keys } = JSON.parse(keyRing());
    Deno.env.set(
      "TOKEN_ENCRYPTION_KEYS",
      JSON.stringify({ current: "next", keys: { ...keys, next } }),
    );
  }

  async look(when: string): Promise<void> {
    const { world } = this;
    const activity = await world.host.sql.query<{ query: string }>(
      "select query from pg_stat_activity",
    );
    const found = [
      ...await readTables(world.host.sql),
      { name: "pg_stat_activity", text: activity.map(({ query }) => query).join("\n") },
      { name: "the host's log", text: world.host.logs.join("\n") },
      { name: "the functions' log", text: world.console.text.slice(this.#logs).join("\n") },
      { name: "the server's log", text: await this.server.readLog() },
      ...readAnswers(world.answers.splice(0)),
    ];
    this.#logs = world.console.text.length;
    // The server's log holds all that it held before.
    const last = this.places.findIndex(({ name }) => name.startsWith("the server's log"));
    if (last >= 0) this.places.splice(last, 1);
    this.places.push(...found.map(({ name, text }) => ({ name: `${name}: ${when}`, text })));
  }

  /** The files of the server in which one of the secrets stands. */
  async grepDisk(secrets: string[]): Promise<string[]> {
    const { sql } = this.world.host;
    await sql.exec("checkpoint");
    const [row] = await sql.query<{ data_directory: string }>("show data_directory");
    const patterns = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(patterns, secrets.flatMap(formsOf).join("\n"));
      const { code, stdout } = await new Deno.Command("grep", {
        args: ["-rlaF", "-f", patterns, row?.data_directory ?? ""],
      }).output();
      ok(code === 0 || code === 1, `grep ended with ${code}`);
      return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    } finally {
      await Deno.remove(patterns);
    }
  }
}

const keyRing = () => Deno.env.get("TOKEN_ENCRYPTION_KEYS") ?? "";
