import { isIP } from "node:net";
import { TransportError } from "./transport_error.ts";

export type ResolvedAddress = { address: string; family: 4 | 6 };

/** Gives the addresses of a host name, or of an IP address itself; throws to refuse it. */
export type Lookup = (hostname: string) => Promise<ResolvedAddress[]>;

/**
 * Asks the caller's lookup where the request may go. Node asks none for a host that is an IP address
 * already, so it is asked here, for every host. `null` leaves the question to the system.
 */
export async function resolveHost(url: URL, lookup?: Lookup): Promise<ResolvedAddress[] | null> {
  if (lookup === undefined) return null;
  const hostname = bareHostname(url);
  let addresses: ResolvedAddress[];
  try {
    addresses = await lookup(hostname);
  } catch (cause) {
    throw new TransportError("dns", { sent: false, cause });
  }
  const allowed = isIP(hostname) === 0
    ? addresses.length > 0
    : addresses.some((resolved) => resolved.address === hostname);
  if (!allowed) throw new TransportError("dns", { sent: false });
  return addresses;
}

/** An IPv6 address without its brackets. */
export function bareHostname(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}
