// deno-lint-ignore-file no-console
/**
 * `deno task test [files or options of deno test]`: runs the tests, shows what was ignored and why,
 * and closes with one line that counts them.
 */

const TESTS = ["tests/"];

const options = Deno.args.filter((arg) => arg !== "--");
const hasFiles = options.some((arg) => !arg.startsWith("-"));
const child = new Deno.Command(Deno.execPath(), {
  // Types are checked by `deno task check`. Hosts set the environment of their process, so that test
  // files must not run side by side.
  args: ["test", "-A", "--no-check", ...options, ...(hasFiles ? [] : TESTS)],
  stdout: "piped",
  stderr: "inherit",
}).spawn();

let tail = "";
const decoder = new TextDecoder();
for await (const chunk of child.stdout) {
  await writeAll(chunk);
  tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4_000);
}
const { code } = await child.status;

// deno-lint-ignore no-control-regex
const plain = tail.replace(/\x1b\[[0-9;]*m/g, "");
const count = (word: string) => Number(plain.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
const failed = count("failed") || (code === 0 ? 0 : 1);
console.log(`${count("passed")} passed, ${failed} failed, ${count("ignored")} skipped`);
Deno.exit(code);

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await Deno.stdout.write(bytes.subarray(sent));
  }
}
