/** The stand-in's media folder in memory: what it asks of `Deno`, and no more. */

export class MemoryFiles {
  #files = new Map<string, MemoryFile>();
  #folders = 0;

  makeTempDirSync = (): string => `/simulated/${this.#folders++}`;

  open = (path: string, options: { create?: boolean } = {}): Promise<OpenFile> => {
    let file = this.#files.get(path);
    if (file === undefined && options.create) this.#files.set(path, file = new MemoryFile());
    if (file === undefined) return Promise.reject(new Deno.errors.NotFound(path));
    return Promise.resolve(new OpenFile(file));
  };

  truncate = (path: string, size_bytes = 0): Promise<void> => {
    const file = this.#files.get(path);
    if (file === undefined) return Promise.reject(new Deno.errors.NotFound(path));
    file.resize(size_bytes);
    return Promise.resolve();
  };

  remove = (path: string): Promise<void> => {
    for (const name of this.#files.keys()) if (name.startsWith(path)) this.#files.delete(name);
    return Promise.resolve();
  };
}

/** Pieces as they were written, one behind the other; uploads and downloads write no other way. */
class MemoryFile {
  #pieces: { position: number; bytes: Uint8Array }[] = [];
  size_bytes = 0;

  write(position: number, bytes: Uint8Array): void {
    // Written anew from here on, by a second try.
    if (position < this.size_bytes) this.resize(position);
    this.#pieces.push({ position, bytes: bytes.slice() });
    this.size_bytes = position + bytes.length;
  }

  read(position: number, into: Uint8Array): number {
    const piece = this.#pieces.findLast((one) => one.position <= position);
    if (piece === undefined || position >= this.size_bytes) return 0;
    const part = piece.bytes.subarray(position - piece.position).subarray(0, into.length);
    into.set(part);
    return part.length;
  }

  resize(size_bytes: number): void {
    this.#pieces = this.#pieces.filter(({ position }) => position < size_bytes)
      .map(({ position, bytes }) => ({
        position,
        bytes: bytes.subarray(0, size_bytes - position),
      }));
    this.size_bytes = size_bytes;
  }
}

class OpenFile implements Disposable {
  #position = 0;

  constructor(private readonly file: MemoryFile) {}

  seek(position: number, _whence: Deno.SeekMode): Promise<number> {
    return Promise.resolve(this.#position = position);
  }

  write(bytes: Uint8Array): Promise<number> {
    this.file.write(this.#position, bytes);
    this.#position += bytes.length;
    return Promise.resolve(bytes.length);
  }

  read(into: Uint8Array): Promise<number | null> {
    const length = this.file.read(this.#position, into);
    this.#position += length;
    return Promise.resolve(length === 0 ? null : length);
  }

  [Symbol.dispose](): void {}
}
