/** HTTP for requests that may be sent only once, and for bodies that must not fill the memory. */

export type { Lookup, ResolvedAddress } from "./connection.ts";
export { createFetchOnce, DEFAULT_TIMEOUT_MS, fetchOnce } from "./fetch_once.ts";
export type { FetchOnce, FetchOnceInit, FetchOnceOptions } from "./fetch_once.ts";
export { TransportError } from "./transport_error.ts";
export type { TransportErrorCode } from "./transport_error.ts";
