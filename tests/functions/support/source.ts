/** Somebody's web server with a video on it, for posts that are relayed: it can misbehave as told. */

/** What one answer does instead of what it should. */
export type Misbehaviour =
  /** The whole file with status 200, whatever was asked for. */
  | "whole"
  /** The part that was asked for, of a file that has another ETag. */
  | "changed"
  /** The file has become shorter than what is asked for. */
  | "shortened"
  /** Half of the part, then the connection ends. */
  | "cut"
  /** The part that was asked for, and then more and more of it. */
  | "endless"
  /** The part before the one that was asked for. */
  | "elsewhere"
  | "missing"
  | "unavailable";

export type Source = AsyncDisposable & {
  url: string;
  /** As MEDIA_ALLOWED_HOSTS wants it. */
  host: string;
  /** The `nth` request from now on (the first is 1) is answered so, and the next ones, `times` in all. */
  misbehave(how: Misbehaviour, nth: number, times?: number): void;
  behave(): void;
  /** How many requests came since it was last told how to behave. */
  asked(): number;
  /** Bytes that were sent since then. */
  sent_bytes(): number;
};

export function serveFile(path: string): Source {
  const etag = '"the file"';
  let plan: { how: Misbehaviour; nth: number; times: number } | null = null;
  let asked = 0;
  let sent_bytes = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    asked += 1;
    const how = plan !== null && asked >= plan.nth && asked < plan.nth + plan.times
      ? plan.how
      : null;
    const { size } = await Deno.stat(path);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
    if (range === null) return new Response(null, { status: 400 });
    const [first, last] = [Number(range[1]), Math.min(Number(range[2]), size - 1)];
    if (how === "missing") return new Response(null, { status: 404 });
    if (how === "unavailable") return new Response(null, { status: 503 });
    if (how === "shortened") {
      return new Response(null, {
        status: 416,
        headers: { "content-range": `bytes */${first}`, etag },
      });
    }
    if (how === "endless") {
      return new Response(endless((bytes) => sent_bytes += bytes), {
        status: 206,
        headers: { etag, "content-range": `bytes ${first}-${last}/${size}` },
      });
    }
    const shift = how === "elsewhere" ? Math.min(first, 1) : 0;
    const [from, to] = how === "whole" ? [0, size - 1] : [first - shift, last - shift];
    const length = to - from + 1;
    const body = read(path, from, how === "cut" ? Math.ceil(length / 2) : length, how === "cut");
    return new Response(
      body.pipeThrough(
        new TransformStream({
          transform(piece, controller) {
            sent_bytes += piece.length;
            controller.enqueue(piece);
          },
        }),
      ),
      {
        status: how === "whole" ? 200 : 206,
        headers: {
          "content-length": String(length),
          etag: how === "changed" ? '"another file"' : etag,
          ...(how === "whole" ? {} : { "content-range": `bytes ${from}-${to}/${size}` }),
        },
      },
    );
  });
  const tell = (next: typeof plan) => {
    plan = next;
    asked = 0;
    sent_bytes = 0;
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}/video.mp4`,
    host: `127.0.0.1:${server.addr.port}`,
    misbehave: (how, nth, times = 1) => tell({ how, nth, times }),
    behave: () => tell(null),
    asked: () => asked,
    sent_bytes: () => sent_bytes,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const PIECE_BYTES = 65_536;

function endless(onSent: (bytes: number) => void) {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      onSent(PIECE_BYTES);
      controller.enqueue(new Uint8Array(PIECE_BYTES));
    },
  });
}

function read(path: string, first: number, count: number, fails: boolean) {
  let file: Deno.FsFile | undefined;
  let left = count;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      file ??= await openAt(path, first);
      const piece = new Uint8Array(Math.min(left, PIECE_BYTES));
      const length = await file.read(piece) ?? 0;
      left -= length;
      if (length > 0) controller.enqueue(piece.subarray(0, length));
      if (left > 0 && length > 0) return;
      file.close();
      if (fails) controller.error(new Error("cut off"));
      else controller.close();
    },
    cancel() {
      file?.close();
    },
  });
}

async function openAt(path: string, position: number): Promise<Deno.FsFile> {
  const file = await Deno.open(path);
  await file.seek(position, Deno.SeekMode.Start);
  return file;
}
