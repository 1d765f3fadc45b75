/** Why no whole answer came back. */
export type TransportErrorCode =
  | "timeout"
  | "refused"
  | "reset"
  | "dns"
  | "tls"
  | "aborted"
  | "body";

/** How far a request had come when it failed. */
export type Phase = "connecting" | "securing" | "established";

const MESSAGES: Record<TransportErrorCode, string> = {
  timeout: "The time allowed for the request is over",
  refused: "The connection could not be made",
  reset: "The connection broke before the whole answer was read",
  dns: "The host name could not be resolved",
  tls: "The secure connection could not be made",
  aborted: "The caller aborted the request",
  body: "A body was not as announced",
};

/**
 * The one error of the transport. The message never holds the address, which may carry a secret;
 * `cause` is what was thrown underneath and may hold it.
 */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode;
  /** False only if the connection was never established, so that no byte can have been read. */
  readonly sent: boolean;

  constructor(
    code: TransportErrorCode,
    options: { sent: boolean; message?: string; cause?: unknown },
  ) {
    super(options.message ?? MESSAGES[code], { cause: options.cause });
    this.code = code;
    this.sent = options.sent;
  }
}

/** Puts an error of a connection into our words, by the phase that it ended. */
export function classifyFailure(error: unknown, phase: Phase): TransportError {
  if (error instanceof TransportError) return error;
  const sent = phase === "established";
  const options = { sent, cause: error };
  if (phase === "established") return new TransportError("reset", options);
  if (phase === "securing") return new TransportError("tls", options);
  return new TransportError(isTimeout(error) ? "timeout" : "refused", options);
}

/** An aborted signal says by its reason whether a timer or the caller stopped the request. */
export function classifyAbort(reason: unknown, sent: boolean): TransportError {
  const by_timer = reason instanceof DOMException && reason.name === "TimeoutError";
  return new TransportError(by_timer ? "timeout" : "aborted", { sent, cause: reason });
}

/** The system's own patience with a host that does not answer. */
function isTimeout(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error &&
    error.code === "ETIMEDOUT";
}
