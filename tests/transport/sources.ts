/** A stream of `size_bytes` in pieces, made only when asked for; `pulled()` says how much was. */
export function streamOf(size_bytes: number, piece_bytes = 64 * 1024) {
  let pulled_bytes = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const left = size_bytes - pulled_bytes;
      if (left <= 0) return controller.close();
      const length = Math.min(piece_bytes, left);
      pulled_bytes += length;
      controller.enqueue(new Uint8Array(length).fill(7));
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, pulled: () => pulled_bytes, cancelled: () => cancelled };
}
