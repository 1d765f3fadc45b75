import type { RealtimeChannel } from "@supabase/supabase-js";
import { sleep } from "./call.ts";
import { type Abortable, connections } from "./connections.ts";
import { isLost, mustBeUuid } from "./error.ts";
import { isSettled, job, jobs, type JobsOptions, mustBeJobsOptions } from "./jobs.ts";
import type { Supabase } from "./supabase.ts";
import type { Connection, Job } from "./types.ts";

/** Without Realtime: the first pause between two looks, how it grows, and the longest. */
const PAUSE_MS = 1_000;
const GROWTH = 1.5;
const MAX_PAUSE_MS = 15_000;
/** With Realtime a look now and then, should it ever miss something. */
const LIVE_PAUSE_MS = 60_000;
/** Realtime that has not answered by then is not there; supabase-js would go on trying. */
const PATIENCE_MS = 10_000;

/**
 * A post as it is now, and then whenever it changes, until it is settled or `signal` is aborted.
 * Throws `invalid_request`, `not_found`, or what else no waiting helps against; a lost connection is waited for.
 */
export async function* watch(
  supabase: Supabase,
  job_id: string,
  { signal }: Abortable = {},
): AsyncGenerator<Job, void, void> {
  mustBeUuid("job_id", job_id);
  yield* follow<Job>({
    supabase,
    table: "publish_jobs",
    filter: `id=eq.${job_id}`,
    read: (signal) => job(supabase, job_id, { signal }),
    isLast: isSettled,
    signal,
  });
}

/**
 * The list of `jobs()`, and again whenever it changes, until `signal` is aborted. Throws
 * `invalid_request`, or what else no waiting helps against.
 */
export async function* watchJobs(
  supabase: Supabase,
  { signal, ...options }: JobsOptions = {},
): AsyncGenerator<Job[], void, void> {
  mustBeJobsOptions(options);
  const { connection_id } = options;
  yield* follow({
    supabase,
    table: "publish_jobs",
    filter: connection_id && `connection_id=eq.${connection_id}`,
    read: (signal) => jobs(supabase, { ...options, signal }),
    signal,
  });
}

/** The list of `connections()`, and again whenever it changes, until `signal` is aborted. */
export function watchConnections(
  supabase: Supabase,
  { signal }: Abortable = {},
): AsyncGenerator<Connection[], void, void> {
  return follow({
    supabase,
    table: "platform_connections",
    read: (signal) => connections(supabase, { signal }),
    signal,
  });
}

type Followed<Value> = {
  supabase: Supabase;
  table: string;
  /** Which rows to be told of; all of the user's if left out. */
  filter?: string | undefined;
  read(signal: AbortSignal | undefined): Promise<Value>;
  isLast?(value: Value): boolean;
  signal: AbortSignal | undefined;
};

/** Reads, tells what is new, and waits for news: what Realtime says is a hint, the row is the truth. */
async function* follow<Value>(
  { supabase, table, filter, read, isLast, signal }: Followed<Value>,
): AsyncGenerator<Value, void, void> {
  const news = listen(supabase, table, filter);
  try {
    let told: string | undefined;
    let pause_ms = PAUSE_MS;
    while (!signal?.aborted) {
      const value = await read(signal).catch((error) => {
        if (signal?.aborted || isLost(error)) return undefined;
        throw error;
      });
      if (value !== undefined && !signal?.aborted) {
        const text = JSON.stringify(value);
        if (text !== told) {
          told = text;
          pause_ms = PAUSE_MS;
          yield value;
          if (isLast?.(value)) return;
        }
      }
      await news.next(pause_ms, signal);
      pause_ms = Math.min(pause_ms * GROWTH, MAX_PAUSE_MS);
    }
  } finally {
    news.end();
  }
}

function listen(supabase: Supabase, table: string, filter: string | undefined) {
  let has_news = false;
  let is_live = false;
  let wake = () => {};
  const tell = () => {
    has_news = true;
    wake();
  };
  const become = (live: boolean) => {
    // What happened meanwhile was told to nobody.
    if (live !== is_live) tell();
    is_live = live;
  };
  const channel = supabase.channel(`tiktok ${crypto.randomUUID()}`);
  let has_ended = false;
  const end = () => {
    clearTimeout(timer);
    is_live = false;
    if (!has_ended) void leave(supabase, channel);
    has_ended = true;
  };
  const timer = setTimeout(() => is_live || end(), PATIENCE_MS);
  channel
    .on(
      "postgres_changes",
      { event: "*", schema: "public", table, ...(filter && { filter }) },
      tell,
    )
    // A channel is joined before the database's changes reach it; this says that they do.
    .on("system", {}, ({ extension, status }) => {
      if (extension === "postgres_changes") become(status === "ok");
    })
    .subscribe((status) => {
      if (status !== "SUBSCRIBED") become(false);
    });
  return {
    /** Resolves with the next piece of news, or when it is time to look, or at the signal. */
    async next(pause_ms: number, signal: AbortSignal | undefined): Promise<void> {
      const woken = new AbortController();
      const stop = () => woken.abort();
      signal?.addEventListener("abort", stop);
      wake = stop;
      if (!has_news && !signal?.aborted) {
        await sleep(is_live ? LIVE_PAUSE_MS : pause_ms, woken.signal);
      }
      signal?.removeEventListener("abort", stop);
      has_news = false;
    },
    end,
  };
}

/** What realtime-js has behind `disconnect()`, where it has it. */
type SocketAdapter = {
  disconnect(done: () => void, code?: number, reason?: string, patience_ms?: number): unknown;
};

/**
 * Without another's channel the socket is closed too: it would keep a process from ending. So would the
 * timer of ten seconds that realtime-js leaves behind each time (supabase/supabase-js#2666): nobody
 * waits for it here, so it gets none.
 */
async function leave(supabase: Supabase, channel: RealtimeChannel): Promise<void> {
  await supabase.removeChannel(channel);
  const isAlone = () => supabase.getChannels().length === 0;
  if (!isAlone()) return;
  const { realtime } = supabase;
  const { socketAdapter } = realtime as unknown as { socketAdapter?: SocketAdapter };
  if (!socketAdapter) return void await realtime.disconnect();
  const { disconnect } = socketAdapter;
  socketAdapter.disconnect = (done, code, reason) =>
    disconnect.call(
      socketAdapter,
      () => {
        done();
        // Who came while it was closing has not got a socket of his own.
        if (!isAlone()) realtime.connect();
      },
      code,
      reason,
      0,
    );
  const closing = realtime.disconnect();
  socketAdapter.disconnect = disconnect;
  await closing;
}
