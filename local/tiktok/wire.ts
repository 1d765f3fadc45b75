/**
 * Bodies that travel beside their Request. msw clones every request that it looks at, and the
 * clone's unread half would hold a whole upload in memory.
 */
const bodies = new WeakMap<Request, AsyncIterable<Uint8Array>>();

export function attachBody(request: Request, body: AsyncIterable<Uint8Array>): void {
  bodies.set(request, body);
}

/** The body in pieces, wherever it is. */
export function bodyOf(request: Request): AsyncIterable<Uint8Array> {
  return bodies.get(request) ?? request.body ?? nothing();
}

/** The same request with its body beside it. */
export function detachBody(request: Request): Request {
  const bare = new Request(request.url, { method: request.method, headers: request.headers });
  attachBody(bare, bodyOf(request));
  return bare;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
