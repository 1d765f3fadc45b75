/** Videos behind a public URL that we fetch ourselves and upload ("relay"), read by ranges. */

import type { FetchOnce } from "../transport/index.ts";
import { createPublicFetch } from "./public_hosts.ts";
import { checkRange, readEtag } from "./range_response.ts";
import type { MediaSource } from "./source.ts";
import { SourceError } from "./source_error.ts";

const READ_TIMEOUT_MS = 90_000;
/** A CDN needs one or two; more is a loop or a chase. */
const MAX_REDIRECTS = 3;

/** A `fetch` for one URL, which refuses what is not public. */
export type FetchFor = (url: URL) => FetchOnce;

/** The `FetchFor` of production. */
export function publicFetchFor(allowedHosts: readonly string[]): FetchFor {
  return (url) => createPublicFetch(url, allowedHosts);
}

/** The same for who does not wait long: `left_ms` tells how long he will. */
export function hurried(fetchFor: FetchFor, left_ms: () => number): FetchFor {
  return (url) => {
    const fetch = fetchFor(url);
    return (input, init) => fetch(input, { ...init, timeout_ms: Math.max(left_ms(), 1) });
  };
}

/** Size and ETag, learnt from the file's first byte. Throws `SourceError`. */
export async function probeRemote(
  fetchFor: FetchFor,
  url: string,
): Promise<{ size_bytes: number; etag: string }> {
  const response = await getRange(fetchFor, url, 0, 0);
  await response.body?.cancel();
  if (response.status === 200) {
    throw new SourceError("no_ranges", "the whole file came for its first byte");
  }
  const total = /^bytes 0-0\/(\d{1,15})$/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (response.status === 206 && total !== undefined) {
    return { size_bytes: Number(total), etag: readEtag(response) };
  }
  throw response.status >= 500 || response.status === 429
    ? new SourceError("unreachable", `the source answered ${response.status}`)
    : new SourceError("not_found", `the source answered ${response.status}`);
}

export function openRemoteSource(
  fetchFor: FetchFor,
  url: string,
  known: { size_bytes: number; etag: string },
): MediaSource {
  return {
    size_bytes: known.size_bytes,
    async openRange(first, last) {
      const response = await getRange(fetchFor, url, first, last);
      try {
        checkRange(response, first, last, known);
      } catch (error) {
        await response.body?.cancel();
        throw error;
      }
      if (response.body === null) throw new SourceError("unreachable", "the source sent no bytes");
      return response.body;
    },
  };
}

/** Follows redirects by hand: each address is checked like the first. */
async function getRange(
  fetchFor: FetchFor,
  address: string,
  first: number,
  last: number,
): Promise<Response> {
  let url = new URL(address);
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetchFrom(fetchFor, url, first, last);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, url)) break;
    url = new URL(location, url);
  }
  throw new SourceError("not_found", "the source redirects without end");
}

async function fetchFrom(
  fetchFor: FetchFor,
  url: URL,
  first: number,
  last: number,
): Promise<Response> {
  const fetch = fetchFor(url);
  try {
    return await fetch(url, {
      headers: { Range: `bytes=${first}-${last}` },
      redirect: "manual",
      timeout_ms: READ_TIMEOUT_MS,
      // Whatever the server says of its answer, no more is taken than was asked for.
      max_body_bytes: last - first + 1,
    });
  } catch (error) {
    if (error instanceof Error && error.cause instanceof SourceError) throw error.cause;
    throw new SourceError("unreachable", "the source did not answer", { cause: error });
  }
}
