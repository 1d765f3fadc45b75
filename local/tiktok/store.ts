import type { Tables } from "./records.ts";

type TableName = keyof Tables;
type Change = [table: TableName, key: string, row: Tables[TableName]];

const TABLES: TableName[] = [
  "accounts",
  "codes",
  "tokens",
  "publishes",
  "posts",
  "uploads",
  "puts",
  "events",
];

/**
 * Rows by table and key. With a folder, every change is in its journal before the answer that
 * tells of it leaves: one line a commit, so that a torn last line is a commit that never was.
 */
export class Store {
  readonly #rows = Object.fromEntries(TABLES.map((name) => [name, new Map()])) as {
    [T in TableName]: Map<string, Tables[T]>;
  };
  readonly #journal_path: string | null;
  #pending: Change[] = [];

  constructor(data_dir: string | null, mode: "own" | "read" = "own") {
    this.#journal_path = data_dir === null ? null : `${data_dir}/journal.jsonl`;
    if (this.#journal_path === null) return;
    this.#replay(this.#journal_path);
    if (mode === "own") this.#compact(this.#journal_path, data_dir!);
  }

  get<T extends TableName>(table: T, key: string): Tables[T] | undefined {
    return this.#rows[table].get(key);
  }

  all<T extends TableName>(table: T): Tables[T][] {
    return [...this.#rows[table].values()];
  }

  put<T extends TableName>(table: T, key: string, row: Tables[T]): Tables[T] {
    this.#rows[table].set(key, row);
    this.#pending.push([table, key, row]);
    return row;
  }

  /** Changes some columns of a row that is there. */
  patch<T extends TableName>(table: T, key: string, change: Partial<Tables[T]>): Tables[T] {
    const row = this.get(table, key);
    if (row === undefined) throw new Error(`no ${table} row ${key}`);
    return this.put(table, key, { ...row, ...change });
  }

  /** Makes the changes so far durable against a kill of the process (not of the machine). */
  commit(): void {
    const changes = this.#pending;
    this.#pending = [];
    if (changes.length === 0 || this.#journal_path === null) return;
    Deno.writeTextFileSync(this.#journal_path, JSON.stringify(changes) + "\n", { append: true });
  }

  #replay(path: string): void {
    for (const line of readIfThere(path).split("\n")) {
      if (line === "") continue;
      const changes = parseLine(line);
      // Only the last line can be torn, and what follows a torn line was never answered.
      if (changes === null) return;
      for (const [table, key, row] of changes) {
        (this.#rows[table] as Map<string, Tables[TableName]>).set(key, row);
      }
    }
  }

  #compact(path: string, data_dir: string): void {
    Deno.mkdirSync(data_dir, { recursive: true });
    const changes = TABLES.flatMap((table) =>
      [...this.#rows[table]].map(([key, row]) => [table, key, row])
    );
    Deno.writeTextFileSync(`${path}.new`, JSON.stringify(changes) + "\n");
    Deno.renameSync(`${path}.new`, path);
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function parseLine(line: string): Change[] | null {
  try {
    return JSON.parse(line) as Change[];
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
