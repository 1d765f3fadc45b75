/**
 * Reads `multipart/form-data` as a stream: small fields are collected, the first file is handed out
 * as it arrives. `Request.formData()` would hold a whole video in memory.
 * https://www.rfc-editor.org/rfc/rfc7578
 */

export interface Form {
  /** The fields that came before the file. */
  fields: Record<string, string>;
  /** The file's bytes; to be read to its end. */
  file: ReadableStream<Uint8Array>;
  file_type: string | null;
}

/** A body that is not what its content type says. */
export class MalformedForm extends Error {}

const max_field_bytes = 1_000_000;
const line_end = new TextEncoder().encode("\r\n");
const head_end = new TextEncoder().encode("\r\n\r\n");

export async function readForm(
  body: ReadableStream<Uint8Array>,
  content_type: string,
): Promise<Form> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(content_type);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (!mark) throw new MalformedForm("no boundary in the content type");
  const delimiter = new TextEncoder().encode(`\r\n--${mark}`);

  const input = new Scanner(body);
  // The first delimiter has no line end before it; with one put there, all are alike.
  input.unread(line_end);
  await input.readSmall(delimiter);
  const fields: Record<string, string> = {};
  while (true) {
    const head = new TextDecoder().decode(await input.readSmall(head_end));
    // After the last delimiter comes `--` instead of a line end and a head.
    if (head.startsWith("--")) throw new MalformedForm("the form has no file");
    const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? "";
    if (/\bfilename\*?=/i.test(head)) {
      const file_type = /^content-type:\s*(.+?)\s*$/im.exec(head)?.[1] ?? null;
      return { fields, file: ReadableStream.from(input.readUntil(delimiter)), file_type };
    }
    fields[name] = new TextDecoder().decode(await input.readSmall(delimiter));
  }
}

/** Finds byte sequences in a stream, wherever its chunks are cut. */
class Scanner {
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #pending: Uint8Array = new Uint8Array();

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  unread(bytes: Uint8Array): void {
    this.#pending = concat(bytes, this.#pending);
  }

  /** Everything before the sequence, which is consumed too. */
  async readSmall(sequence: Uint8Array): Promise<Uint8Array> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let size_bytes = 0;
    for await (const piece of this.readUntil(sequence)) {
      pieces.push(piece);
      size_bytes += piece.length;
      if (size_bytes > max_field_bytes) throw new MalformedForm("a form field is too long");
    }
    return await new Blob(pieces).bytes();
  }

  /** The same in pieces: what may be the sequence's beginning is held back until it is known. */
  async *readUntil(sequence: Uint8Array): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    while (true) {
      const found = indexOf(this.#pending, sequence);
      if (found >= 0) {
        if (found > 0) yield this.#pending.slice(0, found);
        this.#pending = this.#pending.slice(found + sequence.length);
        return;
      }
      const sure = this.#pending.length - sequence.length + 1;
      if (sure > 0) {
        yield this.#pending.slice(0, sure);
        this.#pending = this.#pending.slice(sure);
      }
      const { done, value } = await this.#reader.read();
      if (done) throw new MalformedForm("the form ends before its last boundary");
      this.#pending = concat(this.#pending, value);
    }
  }
}

function indexOf(bytes: Uint8Array, sequence: Uint8Array): number {
  const [first = 0] = sequence;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (sequence.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}
