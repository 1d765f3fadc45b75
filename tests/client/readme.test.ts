/** client/README.md tells all there is: who has it alone can write a page. */

import assert from "node:assert/strict";
import { isSettled, type JobStatus } from "../../client/src/index.ts";
import {
  analyticsAnswer,
  profileFigures,
  videoFigures,
} from "../../supabase/functions/_shared/contract/analytics.ts";
import {
  capability,
  connection,
  connectionStatus,
} from "../../supabase/functions/_shared/contract/connection.ts";
import {
  check,
  job,
  jobStatus,
  postInfo,
  publishRequest,
} from "../../supabase/functions/_shared/contract/post.ts";
import { problem } from "../../supabase/functions/_shared/contract/problem.ts";
import { SCOPES } from "../../supabase/functions/_shared/tiktok/scopes.ts";
import { readPages } from "../docs/markdown.ts";

const pages = await readPages();
const page = pages.find(({ path }) => path === "client/README.md") ?? assert.fail("no page");

/** The rows of the table with this head, as cells. */
function tableOf(head: string): string[][] {
  const lines = page.prose.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  assert.ok(start >= 0, `there is no table of ${head}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  return lines.slice(start + 2, start + length).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

const namesIn = (text = "") => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
const namedBy = (head: string) => tableOf(head).flatMap(([first]) => namesIn(first)).sort();

const { dry_run: _, ...taken } = publishRequest.shape;
const tables: [head: string, names: readonly string[]][] = [
  ["Field", Object.keys(taken)],
  ["Field of `post`", Object.keys(postInfo.shape)],
  ["Field of a job", Object.keys(job.shape)],
  ["Job's `status`", jobStatus.options],
  ["Connection's `status`", connectionStatus.options],
  ["Field of `profile`", Object.keys(profileFigures.shape)],
  ["Field of one of `videos`", Object.keys(videoFigures.shape)],
  ["Scope", SCOPES],
  ["`code`", [...problem.shape.code.options, "network", "unexpected_answer", "upload_failed"]],
];
for (const [head, names] of tables) {
  Deno.test(`the table of ${head} has every one, and no other`, () => {
    assert.deepEqual(namedBy(head), [...names].sort());
  });
}

Deno.test("it says which jobs are settled as the client does", () => {
  for (const [first, , settled] of tableOf("Job's `status`")) {
    const [status] = namesIn(first) as JobStatus[];
    assert.equal(settled === "yes", status !== undefined && isSettled({ status }), status);
  }
});

Deno.test("what a check, a connection and the figures hold is named", () => {
  const shapes = { check, connection, capability, analyticsAnswer };
  for (const [what, { shape }] of Object.entries(shapes)) {
    for (const name of Object.keys(shape)) {
      assert.match(
        page.prose + page.blocks.map(({ text }) => text),
        new RegExp(`\\b${name}\\b`),
        what,
      );
    }
  }
});

Deno.test("progress is a number for an empty file, too, wherever it is shown", () => {
  const shown = pages.flatMap(({ blocks }) => blocks).filter(({ language }) => language === "ts")
    .flatMap(({ text }) => [...text.matchAll(/sent_bytes \/ (\([^()]*\)|\w+)/g)]);
  assert.equal(shown.length, 3);
  for (const [expression] of shown) {
    const portion = new Function("sent_bytes", "total_bytes", `return ${expression}`);
    assert.equal(portion(0, 0), 0);
    assert.equal(portion(1, 2), 0.5);
  }
});
