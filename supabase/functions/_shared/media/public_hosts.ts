/**
 * Which addresses we fetch from at all: public ones. Everything else would let a caller make us ask
 * what only we can reach (server-side request forgery): our own machine, its network, a cloud's
 * metadata service.
 */

import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { createFetchOnce, type FetchOnce, type Lookup } from "../transport/index.ts";
import { SourceError } from "./source_error.ts";

/** IANA's special-purpose IPv4 blocks (https://www.iana.org/assignments/iana-ipv4-special-registry). */
const SPECIAL_IPV4: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Public IPv6 is 2000::/3, less these (https://www.iana.org/assignments/iana-ipv6-special-registry). */
const GLOBAL_IPV6: [string, number] = ["2000::", 3];
const SPECIAL_IPV6: readonly [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  // Carries an IPv4 address, any of them.
  ["2002::", 16],
  ["3fff::", 20],
];

type Blocks = { special: BlockList; global_ipv6: BlockList };
let blocks: Blocks | undefined;

function loadBlocks(): Blocks {
  if (blocks !== undefined) return blocks;
  const special = new BlockList();
  const global_ipv6 = new BlockList();
  for (const [address, bits] of SPECIAL_IPV4) special.addSubnet(address, bits, "ipv4");
  for (const [address, bits] of SPECIAL_IPV6) special.addSubnet(address, bits, "ipv6");
  global_ipv6.addSubnet(...GLOBAL_IPV6, "ipv6");
  return blocks = { special, global_ipv6 };
}

/** Whether an IP address is a public unicast one. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  const { special, global_ipv6 } = loadBlocks();
  if (family === 4) return !special.check(address, "ipv4");
  if (family !== 6) return false;
  return global_ipv6.check(address, "ipv6") && !special.check(address, "ipv6");
}

/** `host:port` as MEDIA_ALLOWED_HOSTS lists it. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}

/** Whether TikTok or we may be sent there, as far as the URL alone tells. */
export function isAllowedUrl(url: URL, allowedHosts: readonly string[]): boolean {
  return url.protocol === "https:" || allowedHosts.includes(hostAndPort(url));
}

/** Every address of a host name, as the system resolves it. */
export const resolveBySystem: Lookup = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }));

/**
 * The `fetch` for one URL. The host is resolved once; the addresses that were checked are the ones
 * that are connected to. A host with any address that is not public is refused as a whole.
 */
export function createPublicFetch(
  url: URL,
  allowedHosts: readonly string[],
  resolve: Lookup = resolveBySystem,
): FetchOnce {
  if (!isAllowedUrl(url, allowedHosts)) throw notPublic("the address is not https");
  if (allowedHosts.includes(hostAndPort(url))) return createFetchOnce();
  return createFetchOnce({
    lookup: async (hostname) => {
      const addresses = await resolve(hostname);
      if (addresses.some(({ address }) => !isPublicAddress(address))) {
        throw notPublic("the host has an address that is not public");
      }
      return addresses;
    },
  });
}

function notPublic(message: string): SourceError {
  return new SourceError("not_public", message);
}
