import { TransportError } from "./transport_error.ts";

/** What one read from a connection may bring. */
const READ_BYTES = 16 * 1024;

/** Reads a connection in lines and in pieces, in any order. */
export class ByteReader {
  #connection: { read(into: Uint8Array): Promise<number | null> };
  #rest = new Uint8Array(0);

  constructor(connection: { read(into: Uint8Array): Promise<number | null> }) {
    this.#connection = connection;
  }

  /** The next bytes, at most `max_bytes`; null at the end of the connection. */
  async some(max_bytes = Infinity): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#rest.byteLength === 0 && !(await this.#fill())) return null;
    const piece = this.#rest.subarray(0, Math.min(max_bytes, this.#rest.byteLength));
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }

  /**
   * The next bytes into the caller's own memory, however many come; null at the end of the connection.
   * What is long is read this way: nothing is allocated for it.
   */
  async into(target: Uint8Array): Promise<number | null> {
    if (this.#rest.byteLength === 0) return await this.#connection.read(target);
    const length = Math.min(target.byteLength, this.#rest.byteLength);
    target.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  /** The next line without its CRLF, as Latin-1. Ends with an error if it is longer, or has no end. */
  async line(max_bytes: number): Promise<string> {
    let line = "";
    while (true) {
      const piece = await this.some(1024);
      if (piece === null) throw malformed("The connection ended within a line");
      const end = piece.indexOf(0x0a);
      const part = end === -1 ? piece : piece.subarray(0, end);
      line += String.fromCharCode(...part);
      if (line.length > max_bytes) throw malformed("The answer has a line that is too long");
      if (end === -1) continue;
      this.#putBack(piece.subarray(end + 1));
      if (!line.endsWith("\r")) throw malformed("The answer has a line that does not end in CRLF");
      return line.slice(0, -1);
    }
  }

  /** A piece is the front of what was there, so its end borders on the rest. */
  #putBack(piece: Uint8Array<ArrayBuffer>): void {
    const length = piece.byteLength + this.#rest.byteLength;
    this.#rest = new Uint8Array(piece.buffer, piece.byteOffset, length);
  }

  async #fill(): Promise<boolean> {
    // A buffer for each read: pieces of it are handed on and kept by others.
    const buffer = new Uint8Array(READ_BYTES);
    const length = await this.#connection.read(buffer);
    if (length === null) return false;
    this.#rest = buffer.subarray(0, length);
    return true;
  }
}

/** What is not HTTP counts as a broken connection: there is no whole answer. */
export function malformed(message: string): TransportError {
  return new TransportError("reset", { sent: true, message });
}
