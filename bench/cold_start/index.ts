/** How long a function takes to load and to answer for the first time, and how much of it there is. */
import type { Bench } from "../bench.ts";
import { FUNCTION_ENVIRONMENT } from "../../tests/support/function_environment.ts";
import { command } from "../support/command.ts";
import { median, ratio, whole } from "../support/figures.ts";
import type { Started } from "./start.ts";

const ROUNDS = 9;
const GOAL_RATIO = 1.3;

const here = (path: string) => new URL(path, import.meta.url);
const FUNCTIONS = here("../../supabase/functions/");

type Figures = { loaded_ms: number; answered_ms: number; modules: number; bytes: number };

export const bench: Bench = {
  name: "cold_start",
  title: "A function that starts",
  async run({ log }) {
    const slugs = [...Deno.readDirSync(FUNCTIONS)]
      .filter(({ name }) => name.startsWith("tiktok-")).map(({ name }) => name).sort();
    const modules: Record<string, URL> = {
      "the smallest with `withSupabase`": here("smallest.ts"),
      ...Object.fromEntries(slugs.map((slug) => [slug, new URL(`${slug}/index.ts`, FUNCTIONS)])),
    };
    const starts: Record<string, Started[]> = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, module] of Object.entries(modules)) {
        (starts[name] ??= []).push(await start(module));
      }
      log(`round ${round + 1} of ${ROUNDS}`);
    }
    const figures: [string, Figures][] = [];
    for (const [name, module] of Object.entries(modules)) {
      figures.push([name, {
        loaded_ms: median(starts[name]!.map(({ loaded_ms }) => loaded_ms)),
        answered_ms: median(starts[name]!.map(({ answered_ms }) => answered_ms)),
        ...await weigh(module),
      }]);
    }
    const [[, smallest], ...ours] = figures as [[string, Figures], ...[string, Figures][]];
    const [slowest, worst] = ours.toSorted(([, a], [, b]) => b.answered_ms - a.answered_ms)[0]!;
    const reached = worst.answered_ms / smallest.answered_ms;
    return {
      about: ABOUT,
      tables: [{
        title: "Milliseconds from an empty process, and the module graph",
        columns: ["", "loaded", "answered", "of the smallest", "own modules", "own kB"],
        rows: figures.map(([name, { loaded_ms, answered_ms, modules, bytes }]) => [
          name,
          whole(loaded_ms),
          whole(answered_ms),
          ratio(answered_ms / smallest.answered_ms),
          whole(modules),
          whole(bytes / 1000),
        ]),
      }],
      goals: [{
        text: `the first answer in at most ${GOAL_RATIO} of the smallest function's time`,
        met: reached <= GOAL_RATIO,
        reason: `${
          ratio(reached)
        } at worst (\`${slowest}\`). Of what comes on top, \`zod\` takes about 11 ms, and our own modules, read file by file, 20 ms; the smallest function is \`@supabase/server\` alone`,
      }],
    };
  },
};

const ABOUT =
  "Each function in a fresh process: the time until its module is loaded, and until it has answered its first " +
  `request, which comes from nobody. ${ROUNDS} times in turn with the smallest function that checks its caller, ` +
  "the medians are told. Deno compiles TypeScript once and keeps it; the platform bundles a function, which is " +
  "neither measured nor compared here. The modules are our own, as `deno info` lists them; the packages " +
  "come on top. The reader of video files is not in it: it is loaded where a video is looked at for the " +
  "first time.";

async function start(module: URL): Promise<Started> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", here("start.ts").pathname, module.href],
    env: FUNCTION_ENVIRONMENT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const started: Started = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
  if (![400, 401, 403, 405].includes(started.status)) {
    throw new Error(`${module.pathname} answered ${started.status}`);
  }
  return started;
}

type Info = { modules: { local?: string; size?: number; kind?: string }[] };

async function weigh(module: URL): Promise<{ modules: number; bytes: number }> {
  const info: Info = JSON.parse(
    await command(Deno.execPath(), ["info", "--json", module.pathname]),
  );
  const own = info.modules.filter(({ size }) => size !== undefined);
  return {
    modules: own.length,
    bytes: own.reduce((sum, { size }) => sum + (size ?? 0), 0),
  };
}
