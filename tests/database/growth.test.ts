// What is asked often is found along an index, however much lies there: no plan reads or sorts a table.
// The plans are those that the server really ran, inside the functions too (auto_explain); with the
// cases and the rows of `deno task bench growth`.
import assert from "node:assert/strict";
import { openAsker } from "../../bench/growth/asker.ts";
import { CASES } from "../../bench/growth/cases.ts";
import { fill } from "../../bench/growth/fill.ts";
import { startDatabaseTests } from "./support.ts";

const ROWS = 20_000;

/** No node of a plan sees more: the figures of one account are a thousand readings, a claim is ten rows. */
const MOST_ROWS = 1_100;

/** A row a platform and day. */
const SMALL = ["query_days"];

const { test } = await startDatabaseTests();

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: Plan[];
}

/** A node and all below it. */
function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

const WATCH = `
  load 'auto_explain';
  set auto_explain.log_min_duration = 0;
  set auto_explain.log_nested_statements = on;
  set auto_explain.log_analyze = on;
  set auto_explain.log_timing = off;
  set auto_explain.log_format = json;
  set client_min_messages = log`;

test(`what is asked often reads its own rows among ${ROWS} others`, async ({ sql, url }, t) => {
  await fill(sql, ROWS);
  const seen: Plan[] = [];
  await using asker = openAsker(url, ({ message = "" }) => {
    const json = /plan:\s*(\{.*\})\s*$/s.exec(message)?.[1];
    if (json !== undefined) seen.push(...nodesOf(JSON.parse(json).Plan));
  });
  await asker.prepare(WATCH);
  for (const question of CASES) {
    await t.step(question.title, async () => {
      // Often enough for a session to settle on the plans that it keeps.
      for (let n = 0; n < 12; n++) {
        seen.length = 0;
        await asker.ask(question);
        assert.ok(seen.some((node) => node["Relation Name"] !== undefined), "plans are seen");
        for (const node of seen) {
          const {
            "Actual Rows": rows,
            "Actual Loops": loops,
            "Rows Removed by Filter": removed = 0,
          } = node;
          const name = `${node["Node Type"]} ${node["Relation Name"] ?? ""}`;
          const isSmall = SMALL.includes(node["Relation Name"] ?? "");
          assert.ok(node["Node Type"] !== "Seq Scan" || isSmall, name);
          assert.ok(
            (rows + removed) * loops <= MOST_ROWS,
            `${name}: ${(rows + removed) * loops} rows`,
          );
        }
      }
    });
  }
});
