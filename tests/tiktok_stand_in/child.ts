type Message = { origin?: string; peak_bytes?: number };

const SCRIPT = new URL("./fixtures/serve.ts", import.meta.url).pathname;

/** A stand-in in another process, to be killed or measured. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  #rest = "";
  origin = "";

  private constructor(data_dir: string, port: number) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--v8-flags=--expose-gc", SCRIPT, data_dir, String(port)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stdin = this.#process.stdin.getWriter();
  }

  static async start(data_dir: string, port = 0): Promise<Child> {
    const child = new Child(data_dir, port);
    child.origin = (await child.#read()).origin!;
    return child;
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** The most bytes in use since the last time this was asked. */
  async peakBytes(): Promise<number> {
    await this.#stdin.write(new TextEncoder().encode("\n"));
    return (await this.#read()).peak_bytes!;
  }

  async kill(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#lines.cancel();
    await this.#stdin.abort().catch((error) => {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    });
  }

  async #read(): Promise<Message> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("the stand-in ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return JSON.parse(line) as Message;
  }
}
