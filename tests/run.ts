// deno-lint-ignore-file no-console
/**
 * `deno task test [files or options of deno test]`: runs the tests, shows what was ignored and why,
 * and closes with what failed, once more, and one line that counts them. Without files, all of them,
 * a folder at a time in two processes at once: much of it waits for processes of its own.
 */

const FOLDER = new URL(".", import.meta.url);

/** What takes long is begun first, so that both processes end at about the same time. */
const LONGEST_FIRST = [
  "crash",
  "functions",
  "security",
  "dashboard",
  "connections",
  "client",
  "host",
];

const PROCESSES = 2;

/** `errors`: what was printed of the tests that failed; empty if none did. */
type Result = { code: number; passed: number; failed: number; ignored: number; errors: string };

/** Enough for the errors at the end of a folder's output. */
const KEPT_CHARACTERS = 100_000;

const options = Deno.args.filter((arg) => arg !== "--");
const hasFiles = options.some((arg) => !arg.startsWith("-"));
const results = hasFiles ? [await run([], show)] : await runAll();
const errors = results.map(({ errors }) => errors).filter((text) => text !== "");
// The gate repeats it from this line on, at the end of its own output.
if (errors.length > 0 && !hasFiles) console.log(`What failed:\n\n${errors.join("\n\n")}\n`);
type Counted = "passed" | "failed" | "ignored";
const sum = (name: Counted) => results.reduce((total, result) => total + result[name], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("ignored")} skipped`);
Deno.exit(results.find(({ code }) => code !== 0)?.code ?? 0);

/** Shows each folder when it is done. */
async function runAll(): Promise<Result[]> {
  const folders = [...Deno.readDirSync(FOLDER)]
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
  const queue = folders.filter(hasTests).sort((a, b) => place(a) - place(b));
  const results: Result[] = [];
  let shown = Promise.resolve();
  const work = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      console.log(`tests/${name}/ ...`);
      const kept: Uint8Array[] = [];
      results.push(
        await run([`tests/${name}/`], (bytes) => Promise.resolve(void kept.push(bytes))),
      );
      shown = shown.then(async () => {
        for (const bytes of kept) await show(bytes);
      });
      await shown;
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return results;
}

function place(name: string): number {
  const index = LONGEST_FIRST.indexOf(name);
  return index === -1 ? LONGEST_FIRST.length : index;
}

function hasTests(name: string): boolean {
  return [...Deno.readDirSync(new URL(`${name}/`, FOLDER))]
    .some(({ name }) => /[._]test\.ts$/.test(name));
}

async function run(paths: string[], take: (bytes: Uint8Array) => Promise<void>): Promise<Result> {
  const child = new Deno.Command(Deno.execPath(), {
    // Types are checked by `deno task check`. Hosts set the environment of their process, so that the
    // test files of one process must not run side by side.
    args: ["test", "-A", "--no-check", ...options, ...paths],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await take(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-KEPT_CHARACTERS);
  }
  const { code } = await child.status;
  // deno-lint-ignore no-control-regex
  const plain = tail.replace(/\x1b\[[0-9;]*m/g, "");
  const summary = plain.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1) ?? "";
  const count = (word: string) => Number(summary.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  const failed = count("failed") || (code === 0 ? 0 : 1);
  return {
    code,
    passed: count("passed"),
    failed,
    ignored: count("ignored"),
    errors: code === 0 ? "" : errorsOf(plain, paths),
  };
}

/** What `deno test` tells behind its heading, or the end of what it said where it came to no such. */
function errorsOf(plain: string, paths: string[]): string {
  const from = plain.lastIndexOf("\n ERRORS \n");
  return `${paths.join(" ")}\n${(from === -1 ? plain.slice(-4_000) : plain.slice(from)).trim()}`;
}

async function show(bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await Deno.stdout.write(bytes.subarray(sent));
  }
}
