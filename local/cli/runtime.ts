/** What a command has of the world around it; tests give their own. */

import { fetchOnce } from "../../supabase/functions/_shared/transport/index.ts";
import { UnwrittenError } from "./unwritten.ts";
import type { Fetch } from "../../supabase/functions/_shared/http/context.ts";

export interface Runtime {
  /** An environment variable; undefined if unset or empty. */
  env(name: string): string | undefined;
  fetch: typeof globalThis.fetch;
  /** For the file: a stream goes out with its length, which `fetch` would drop. */
  fetchOnce: Fetch;
  now_ms(): number;
  sleep(ms: number): Promise<void>;
  /** Ctrl-C is for `listener`, the first time, until what is given back is called. */
  onInterrupt(listener: () => void): () => void;
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  randomUuid(): string;
  stdout: Terminal;
  stderr: Terminal;
}

export interface Terminal {
  /** Throws an `UnwrittenError` where it is stdout and takes no more. */
  write(text: string): void;
  /** Whether a person is looking: else neither colours nor a bar. */
  is_terminal: boolean;
  colors: boolean;
}

export function systemRuntime(): Runtime {
  return {
    env: (name) => Deno.env.get(name)?.trim() || undefined,
    fetch: globalThis.fetch,
    fetchOnce,
    now_ms: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onInterrupt: listenForInterrupt,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    randomUuid: () => crypto.randomUUID(),
    stdout: openTerminal(Deno.stdout, unwritten),
    stderr: openTerminal(Deno.stderr, () => {}),
  };
}

function listenForInterrupt(listener: () => void): () => void {
  const forget = () => Deno.removeSignalListener("SIGINT", once);
  // The second time is the system's again: it ends the process.
  const once = () => {
    forget();
    listener();
  };
  Deno.addSignalListener("SIGINT", once);
  return forget;
}

function unwritten(cause: unknown): never {
  throw new UnwrittenError("stdout takes no more", { cause });
}

/** `refused`: what becomes of an error. Of one of stderr there is nobody left to tell. */
function openTerminal(
  stream: typeof Deno.stdout,
  refused: (error: unknown) => void,
): Terminal {
  const encoder = new TextEncoder();
  const is_terminal = stream.isTerminal();
  return {
    is_terminal,
    colors: is_terminal && !Deno.noColor,
    write(text) {
      const bytes = encoder.encode(text);
      try {
        // A pipe may take less than it is given.
        for (let sent = 0; sent < bytes.length;) sent += stream.writeSync(bytes.subarray(sent));
      } catch (error) {
        // Whoever read has gone, as `head` does. The post goes on, and so does its exit code.
        if (!(error instanceof Deno.errors.BrokenPipe)) refused(error);
      }
    },
  };
}
