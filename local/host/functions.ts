/** `/functions/v1/<slug>`: imports `supabase/functions/<slug>/index.ts` and calls its `fetch`. */
import { toFileUrl } from "./paths.ts";

/** What a function's module exports: `export default { fetch }`. */
interface EdgeFunction {
  fetch(request: Request): Response | Promise<Response>;
}

export interface Functions {
  /** The functions that there are. */
  slugs: string[];
  handle(slug: string, request: Request): Promise<Response>;
  /** Resolves when every promise given to `EdgeRuntime.waitUntil` has ended. */
  idle(): Promise<void>;
  /** Puts environment and globals back as they were. */
  close(): void;
}

export interface FunctionsOptions {
  functions_dir: string;
  /** Set as environment variables, as the platform does: one host a process at a time. */
  env: Record<string, string>;
  onError(what: string, error: unknown): void;
}

export async function openFunctions(options: FunctionsOptions): Promise<Functions> {
  const { functions_dir, onError } = options;
  const slugs = await listSlugs(functions_dir);
  const restoreEnvironment = setEnvironment(options.env);
  const background = new Set<Promise<unknown>>();
  const restoreGlobal = setGlobal("EdgeRuntime", {
    waitUntil(promise: Promise<unknown>) {
      const tracked = promise
        .catch((error) => onError("EdgeRuntime.waitUntil", error))
        .finally(() => background.delete(tracked));
      background.add(tracked);
    },
  });
  return {
    slugs,
    async handle(slug, request) {
      if (!slugs.includes(slug)) {
        const body = { code: "NOT_FOUND", message: "Requested function was not found" };
        return Response.json(body, { status: 404 });
      }
      try {
        const module: { default: EdgeFunction } = await import(
          toFileUrl(`${functions_dir}/${slug}/index.ts`)
        );
        return await module.default.fetch(request);
      } catch (error) {
        // The platform answers for a function that crashed or can't be loaded.
        onError(`function ${slug}`, error);
        const body = { code: "WORKER_ERROR", message: "Function exited due to an error" };
        return Response.json(body, { status: 500 });
      }
    },
    async idle() {
      while (background.size > 0) await Promise.all(background);
    },
    close() {
      restoreGlobal();
      restoreEnvironment();
    },
  };
}

async function listSlugs(folder: string): Promise<string[]> {
  const slugs: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory && !name.startsWith("_") && !name.startsWith(".")) slugs.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return slugs.sort();
}

function setEnvironment(env: Record<string, string>): () => void {
  const before = Object.keys(env).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  };
}

function setGlobal(name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(globalThis, name, before);
    else Reflect.deleteProperty(globalThis, name);
  };
}
