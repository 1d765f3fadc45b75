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

/** Puts an error of `node:http` or of a socket into our words, by phase and error code. */
export function classifyFailure(error: unknown, phase: Phase): TransportError {
  if (error instanceof TransportError) return error;
  const sent = phase === "established";
  const options = { sent, cause: error };
  const system_code = readSystemCode(error);
  if (system_code === "ETIMEDOUT") return new TransportError("timeout", options);
  if (phase === "established") return new TransportError("reset", options);
  if (phase === "securing") return new TransportError("tls", options);
  if (system_code === "ENOTFOUND" || system_code.startsWith("EAI_")) {
    return new TransportError("dns", options);
  }
  return new TransportError("refused", options);
}

/** An aborted signal says by its reason whether a timer or the caller stopped the request. */
export function classifyAbort(reason: unknown, sent: boolean): TransportError {
  const by_timer = reason instanceof DOMException && reason.name === "TimeoutError";
  return new TransportError(by_timer ? "timeout" : "aborted", { sent, cause: reason });
}

function readSystemCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
