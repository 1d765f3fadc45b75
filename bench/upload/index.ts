/** One gigabyte from Storage to TikTok: how fast, and what it costs the function. */
import type { Bench, BenchContext } from "../bench.ts";
import { startChild } from "../support/child.ts";
import { command } from "../support/command.ts";
import { median, ratio } from "../support/figures.ts";
import { moveByCurl, type Way } from "./curl.ts";
import type { Moved } from "./mover.ts";
import type { ServerReply } from "./server.ts";

const SIZE_BYTES = 1_000_000_000;
const ROUNDS = 3;

const GOAL_RATIO = 0.8;
const GOAL_CPU_SECONDS = 1.5;
const GOAL_PEAK_BYTES = 100 * 1024 * 1024;

type Figures = Omit<Moved, "peak_bytes"> & { peak_bytes?: number };

const WAYS: Record<string, (origin: string) => Promise<Figures>> = {
  "the uploader": (origin) => move("uploader", origin),
  "curl, each chunk from the disk": (origin) => byCurl("disk", origin),
  "curl into curl, from the same source": (origin) => byCurl("source", origin),
  "the whole file in memory, by `fetch`": (origin) => move("memory", origin),
};
const [UPLOADER, DISK, SOURCE] = Object.keys(WAYS) as [string, string, string];

export const bench: Bench = {
  name: "upload",
  title: "A gigabyte, from Storage to TikTok",
  async run(context) {
    await using server = startChild<unknown, ServerReply>(new URL("server.ts", import.meta.url));
    const { http, https } = await server.ask({});
    const measured = {
      HTTP: await measure(context, "HTTP", http, server),
      TLS: await measure(context, "TLS", https, server),
    };
    const rate = ({ seconds }: Figures) => SIZE_BYTES / 1_000_000 / seconds;
    const plain = measured.HTTP;
    const of = (name: string) => rate(plain[UPLOADER]!) / rate(plain[name]!);
    const { cpu_seconds, peak_bytes = 0 } = plain[UPLOADER]!;
    return {
      about: ABOUT,
      tables: Object.entries(measured).map(([title, ways]) => ({
        title: `Over ${title}`,
        columns: ["", "MB a second", "CPU seconds a GB", "peak MB resident"],
        rows: Object.entries(ways).map(([name, figures]) => [
          name,
          rate(figures).toFixed(0),
          figures.cpu_seconds.toFixed(2),
          figures.peak_bytes === undefined ? "" : (figures.peak_bytes / 1_000_000).toFixed(0),
        ]),
      })),
      goals: [
        {
          text: `${GOAL_RATIO} of what curl reaches with the same chunks from its disk`,
          met: of(DISK) >= GOAL_RATIO,
          reason: `${ratio(of(DISK))}; of curl that has to read from the same source, ${
            ratio(of(SOURCE))
          }`,
        },
        {
          text: `${GOAL_CPU_SECONDS} CPU seconds a GB`,
          met: cpu_seconds <= GOAL_CPU_SECONDS,
          reason: cpu_seconds.toFixed(2),
        },
        {
          text: "100 MiB resident at most",
          met: peak_bytes <= GOAL_PEAK_BYTES,
          reason: `${(peak_bytes / 1024 / 1024).toFixed(0)} MiB`,
        },
      ],
    };
  },
};

const ABOUT =
  "One process serves ranges of a file of zeros, as Storage does, and takes PUTs, as TikTok's upload address " +
  "does; it does nothing else with the bytes. Another moves the file in the chunks of the plan (a hundred of " +
  "10 MB): the uploader's own source, client and transport; curl, which is given the chunks as files, or has to " +
  "read them from the same source, a process for each; and the usual way, the whole file in memory. Each moves " +
  "the file three times, in turn; the medians are told. The uploader reads and sends every byte, curl from the " +
  "disk only sends. CPU and memory are those of the moving processes; the peak is the kernel's count, the " +
  "runtime's own 60 MB included.";

async function measure(
  { log }: BenchContext,
  title: string,
  origin: string,
  server: { ask(request: unknown): Promise<ServerReply> },
): Promise<Record<string, Figures>> {
  const all: Record<string, Figures[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(WAYS)) {
      const figures = await run(origin);
      const { put_bytes } = await server.ask({});
      if (put_bytes !== SIZE_BYTES) throw new Error(`${name}: ${put_bytes} bytes arrived`);
      (all[name] ??= []).push(figures);
      log(`${title}: ${name}: ${figures.seconds.toFixed(1)} s`);
    }
  }
  return Object.fromEntries(
    Object.entries(all).map(([name, figures]) => [name, {
      seconds: median(figures.map(({ seconds }) => seconds)),
      cpu_seconds: median(figures.map(({ cpu_seconds }) => cpu_seconds)),
      ...(figures[0]?.peak_bytes === undefined
        ? {}
        : { peak_bytes: median(figures.map(({ peak_bytes }) => peak_bytes ?? 0)) }),
    }]),
  );
}

async function move(way: "uploader" | "memory", origin: string): Promise<Moved> {
  const script = new URL("mover.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", script, way, origin, String(SIZE_BYTES)];
  return JSON.parse(await command(Deno.execPath(), args));
}

function byCurl(way: Way, origin: string): Promise<Figures> {
  return moveByCurl(way, origin, SIZE_BYTES);
}
