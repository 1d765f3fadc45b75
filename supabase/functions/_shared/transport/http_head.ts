import { malformed } from "./byte_reader.ts";
import type { ByteReader } from "./byte_reader.ts";

/** Many times what servers send; a head without an end must not fill the memory. */
const MAX_HEAD_BYTES = 64 * 1024;

export type ResponseHead = { status: number; headers: Headers };

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The method in capitals; a line break or blank in it would begin a request of its own. */
export function readMethod(method: string): string {
  if (!TOKEN.test(method)) throw new TypeError("The method is not a token");
  return method.toUpperCase();
}

/**
 * The head of a request (https://www.rfc-editor.org/rfc/rfc9112#section-3). `Headers`, `URL` and
 * `readMethod` have refused line breaks already, so nothing of the caller's can begin a line of its own.
 */
export function writeHead(method: string, url: URL, headers: Headers): Uint8Array {
  const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`];
  for (const [name, value] of headers) {
    if (name !== "host") lines.push(`${name}: ${value}`);
  }
  // Header values are Latin-1, one byte a character.
  return Uint8Array.from(`${lines.join("\r\n")}\r\n\r\n`, (character) => character.charCodeAt(0));
}

/** The final head of an answer; interim ones (1xx) are passed over, within the same bound. */
export async function readHead(reader: ByteReader): Promise<ResponseHead> {
  let left_bytes = MAX_HEAD_BYTES;
  async function readLine(): Promise<string> {
    const line = await reader.line(left_bytes);
    left_bytes -= line.length + 2;
    return line;
  }

  while (true) {
    const status = readStatus(await readLine());
    const headers = new Headers();
    for (let line = await readLine(); line !== ""; line = await readLine()) {
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(0, colon));
      if (!TOKEN.test(name)) throw malformed("The answer has a header that is none");
      appendHeader(headers, name, line.slice(colon + 1).trim());
    }
    if (status >= 200) return { status, headers };
    if (status === 101) throw malformed("The server changed the protocol unasked");
  }
}

function appendHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw malformed("The answer has a header that is none");
  }
}

function readStatus(line: string): number {
  const match = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(line);
  if (match === null) throw malformed("The answer is not HTTP");
  return Number(match[1]);
}
