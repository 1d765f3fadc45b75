/**
 * A process of a bench that is told what to do by lines of JSON on its standard input, and answers each
 * by a line. It ends when its input does, however the bench ends.
 */

export interface Child<Request, Reply> extends AsyncDisposable {
  ask(request: Request): Promise<Reply>;
}

/** Starts a module of the repository. */
export function startChild<Request, Reply>(
  module: URL,
  env: Record<string, string> = {},
): Child<Request, Reply> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module.pathname],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  const replies = linesOf(process.stdout);
  return {
    async ask(request) {
      await writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
      // Functions print their log there as well.
      while (true) {
        const { value, done } = await replies.next();
        if (done) throw new Error(`${module.pathname} ended without an answer`);
        if (value.startsWith(REPLY)) return JSON.parse(value.slice(REPLY.length));
      }
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await process.status;
    },
  };
}

/** The child's side: answers until the input ends, then ends the process. */
export async function serveParent<Request, Reply>(
  carryOut: (request: Request) => Promise<Reply>,
): Promise<never> {
  for await (const line of linesOf(Deno.stdin.readable)) {
    const reply = await carryOut(JSON.parse(line));
    await Deno.stdout.write(new TextEncoder().encode(`${REPLY}${JSON.stringify(reply)}\n`));
  }
  Deno.exit(0);
}

const REPLY = "reply ";

async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, void> {
  let rest = "";
  for await (const piece of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
