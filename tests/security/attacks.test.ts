/**
 * The table of attacks and faults. Each line is refused with the right code, and leaves nothing behind
 * but what the line itself names: every row of every table and every request to TikTok is counted.
 */

import { rejects } from "node:assert/strict";
import type { HostOptions } from "../../local/host/index.ts";
import { ok, same } from "../functions/support/assert.ts";
import { startWorld } from "../functions/support/world.ts";
import { attacks as addresses } from "./attacks/addresses.ts";
import { attacks as doors } from "./attacks/doors.ts";
import { attacks as foreign_ids } from "./attacks/foreign_ids.ts";
import { attacks as grants } from "./attacks/grants.ts";
import { attacks as input } from "./attacks/input.ts";
import { attacks as leases } from "./attacks/leases.ts";
import { attacks as redirects, options as one_page } from "./attacks/redirects.ts";
import { attacks as schedule_only } from "./attacks/schedule_only.ts";
import { attacks as sealed } from "./attacks/sealed.ts";
import { attacks as sealed_later } from "./attacks/sealed_later.ts";
import { attacks as states } from "./attacks/states.ts";
import { attacks as storage } from "./attacks/storage.ts";
import { attacks as upload_addresses } from "./attacks/upload_addresses.ts";
import { attacks as users_only } from "./attacks/users_only.ts";
import { attacks as webhook_events } from "./attacks/webhook_events.ts";
import { attacks as webhook_signatures } from "./attacks/webhook_signatures.ts";
import { type Attack, play } from "./support/attack.ts";
import { allSlugs, scheduleRequests, userRequests } from "./support/requests.ts";
import { Stage } from "./support/stage.ts";

/** A world each. */
const TABLE: [what: string, attacks: Attack[], options?: HostOptions][] = [
  ["on making a connection", [...states, ...grants, ...redirects], one_page],
  ["on who may call", [...users_only, ...foreign_ids]],
  ["on doors and input", [...doors, ...input], one_page],
  ["on files and addresses", [...storage, ...addresses, ...upload_addresses]],
  ["on tokens", [...sealed, ...sealed_later, ...leases]],
  ["by way of TikTok's events", [...webhook_signatures, ...webhook_events]],
  ["on what only the schedule may call", schedule_only],
];

for (const [what, attacks, options] of TABLE) {
  Deno.test(`attacks ${what}`, async (t) => {
    await using world = await startWorld(options);
    const stage = await Stage.open(world);
    for (const attack of attacks) await t.step(attack.name, () => play(stage, attack));
  });
}

Deno.test("the table itself", async (t) => {
  await using world = await startWorld();
  const stage = await Stage.open(world);
  const names = TABLE.flatMap(([, attacks]) => attacks.map(({ name }) => name));
  await t.step("names at least forty attacks and faults, each once", () => {
    ok(names.length >= 40, `${names.length}`);
    same(names.filter((name, index) => names.indexOf(name) !== index), []);
  });
  await t.step("leaves no function out", () => {
    const requests = [...userRequests(stage.victim), ...scheduleRequests()];
    const attacked = new Set([...requests.map(({ slug }) => slug), "tiktok-webhook"]);
    same([...attacked].sort(), allSlugs());
  });
  const initiate = () => ({ strike: () => stage.attacker.person.post("tiktok-initiate") });
  const unseen: [string, Attack][] = [
    ["a row that an attack leaves behind", {
      name: "",
      refused: [200],
      prepare: initiate,
    }],
    ["a row that it should have left", {
      name: "",
      refused: [200],
      leaves: { rows: { "private.oauth_states": 2 } },
      prepare: initiate,
    }],
    ["a request to TikTok", {
      name: "",
      refused: [200],
      prepare: ({ attacker: { person, connection_id } }) => ({
        strike: () => stage.use(person, connection_id),
      }),
    }],
    ["an entry in the error log", {
      name: "",
      refused: [400, "state_invalid"],
      prepare: ({ attacker: { person } }) => ({
        strike: () => person.post("tiktok-callback", { state: "x", code: "c" }),
      }),
    }],
    ["another code", {
      name: "",
      refused: [400, "state_invalid"],
      prepare: ({ attacker: { person } }) => ({ strike: () => person.post("tiktok-callback") }),
    }],
    ["an attack that tries nothing", {
      name: "",
      refused: [400],
      prepare: () => ({ strike: () => Promise.resolve([]) }),
    }],
  ];
  for (const [what, attack] of unseen) {
    await t.step(`sees ${what}`, () => rejects(() => play(stage, attack), "AssertionError"));
  }
});
