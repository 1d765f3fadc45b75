import { lookup as lookupInSystem } from "node:dns/promises";
import { isIP } from "node:net";
import type { Phase } from "./transport_error.ts";
import { TransportError } from "./transport_error.ts";

export type ResolvedAddress = { address: string; family: 4 | 6 };

/** Gives the addresses of a host name, or of an IP address itself; throws to refuse it. */
export type Lookup = (hostname: string) => Promise<ResolvedAddress[]>;

export type ConnectOptions = {
  lookup?: Lookup;
  ca?: string;
  /** Given each connection as soon as it is open, to close it when it is no longer wanted. */
  onOpen(connection: Deno.Conn, phase: Phase): void;
  /** True once nobody wants the connection any more. */
  isOver(): boolean;
};

/**
 * Opens a connection to the host of an address: TCP, and TLS for `https`. Nothing of the request is
 * written here, so a failure means that nothing was sent.
 */
export async function connect(url: URL, options: ConnectOptions): Promise<Deno.Conn> {
  const hostname = bareHostname(url);
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const addresses = await resolveHost(hostname, options.lookup);
  const tcp = await connectToFirst(addresses, port, options.isOver);
  tcp.setNoDelay(true);
  options.onOpen(tcp, secure ? "securing" : "established");
  if (!secure) return tcp;
  const tls = await Deno.startTls(tcp, {
    hostname,
    alpnProtocols: ["http/1.1"],
    ...(options.ca === undefined ? {} : { caCerts: [options.ca] }),
  });
  options.onOpen(tls, "securing");
  await tls.handshake();
  options.onOpen(tls, "established");
  return tls;
}

/**
 * Every host is asked for, IP addresses included, and the answer is all that is connected to. A name
 * of several addresses is tried with IPv4 first: a host without a way to IPv6 may not say so, but
 * let the attempt hang.
 */
export async function resolveHost(hostname: string, lookup?: Lookup): Promise<string[]> {
  let resolved: { address: string; family: number }[];
  try {
    resolved = lookup === undefined
      ? await lookupInSystem(hostname, { all: true })
      : await lookup(hostname);
  } catch (cause) {
    throw new TransportError("dns", { sent: false, cause });
  }
  const addresses = resolved.toSorted((one, other) => one.family - other.family)
    .map(({ address }) => address);
  const refused = addresses.length === 0 || addresses.some((address) => isIP(address) === 0);
  if (refused) throw new TransportError("dns", { sent: false });
  return addresses;
}

async function connectToFirst(
  addresses: string[],
  port: number,
  isOver: () => boolean,
): Promise<Deno.TcpConn> {
  let failure: unknown;
  for (const hostname of addresses) {
    if (isOver()) break;
    try {
      return await Deno.connect({ hostname, port });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** An IPv6 address without its brackets. */
function bareHostname(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
