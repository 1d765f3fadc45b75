import http from "node:http";
import https from "node:https";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { LookupFunction } from "node:net";
import { bareHostname } from "./lookup.ts";
import type { ResolvedAddress } from "./lookup.ts";
import { TransportError } from "./transport_error.ts";

export type RequestPlan = { url: URL; method: string; headers: Headers; ca?: string };

/** Reads an address without ever repeating it in an error: it may carry a secret. */
export function parseUrl(input: string | URL): URL {
  const url = URL.parse(String(input));
  if (url === null) throw refused("The address is not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw refused("Only http and https addresses can be asked");
  }
  if (url.username !== "" || url.password !== "") {
    throw refused("An address with user info is not asked");
  }
  return url;
}

/** Starts a request on a connection of its own; nothing is written before the caller writes. */
export function openRequest(plan: RequestPlan, addresses: ResolvedAddress[] | null): ClientRequest {
  const { url } = plan;
  const options: RequestOptions = {
    method: plan.method,
    host: bareHostname(url),
    port: url.port === "" ? undefined : Number(url.port),
    path: url.pathname + url.search,
    headers: Object.fromEntries(plan.headers),
    agent: false,
    ...(addresses === null ? {} : { lookup: answerWith(addresses) }),
  };
  return url.protocol === "https:"
    ? https.request({ ...options, ...(plan.ca === undefined ? {} : { ca: plan.ca }) })
    : http.request(options);
}

/** The headers as they came, repeated ones included. */
export function readHeaders(message: IncomingMessage): Headers {
  const headers = new Headers();
  const raw = message.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  }
  return headers;
}

/** Node asks for one address or for all, by `options.all`. */
function answerWith(addresses: ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true || first === undefined) callback(null, addresses);
    else callback(null, first.address, first.family);
  };
}

function refused(message: string): TransportError {
  return new TransportError("refused", { sent: false, message });
}
