import assert from "node:assert/strict";
import { createProgress, drawBar } from "../../local/cli/progress.ts";

function fakeTerminal(is_terminal: boolean) {
  const written: string[] = [];
  return { written, is_terminal, colors: false, write: (text: string) => void written.push(text) };
}

Deno.test("in a pipe there is no bar at all", () => {
  const terminal = fakeTerminal(false);
  const progress = createProgress(terminal, () => 0, "Uploading", 100);
  progress.update(50);
  progress.end();
  assert.deepEqual(terminal.written, []);
});

Deno.test("on a terminal the bar is drawn in place, not too often, and ends on its last state", () => {
  const terminal = fakeTerminal(true);
  let now_ms = 0;
  const progress = createProgress(terminal, () => now_ms, "Uploading", 10_000_000);
  progress.update(1_000_000);
  now_ms = 50;
  progress.update(4_000_000);
  now_ms = 1_000;
  progress.update(5_000_000);
  progress.update(10_000_000);
  progress.end();
  assert.equal(terminal.written.length, 4, "three pictures and the end of the line");
  assert.match(terminal.written[0] ?? "", /^\rUploading \[##-{22}\] {2}10%/);
  assert.match(
    terminal.written[1] ?? "",
    /\[#{12}-{12}\] {2}50% {2}5\.0 of 10\.0 MB {2}5\.0 MB\/s/,
  );
  assert.match(terminal.written[2] ?? "", /\[#{24}\] 100%/);
  assert.equal(terminal.written[3], "\n");
});

Deno.test("a bar is as wide at every share, and never says 100% too early", () => {
  const bars = [0, 1, 999_999, 1_000_000].map((done) => drawBar("x", done, 1_000_000, 0));
  for (const bar of bars) assert.match(bar, /^x \[[#-]{24}\] /);
  assert.deepEqual(bars.map((bar) => /(\d+)%/.exec(bar)?.[1]), ["0", "0", "99", "100"]);
});
