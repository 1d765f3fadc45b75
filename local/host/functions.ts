/** `/functions/v1/<slug>`: imports `supabase/functions/<slug>/index.ts` and calls its `fetch`. */
import { setEnvironment } from "./environment.ts";
import { toFileUrl } from "./paths.ts";

/** What a function's module exports: `export default { fetch }`. */
interface EdgeFunction {
  fetch(request: Request): Response | Promise<Response>;
}

export interface Functions {
  /** The functions that there are. */
  slugs: string[];
  handle(slug: string, request: Request): Promise<Response>;
  /** Resolves when no call is under way and all that `EdgeRuntime.waitUntil` was given has ended. */
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
  const under_way = new Set<Promise<unknown>>();
  const track = (promise: Promise<unknown>) => {
    const tracked = promise.finally(() => under_way.delete(tracked));
    under_way.add(tracked);
  };
  const restoreGlobal = setGlobal("EdgeRuntime", {
    waitUntil(promise: Promise<unknown>) {
      track(promise.catch((error) => onError("EdgeRuntime.waitUntil", error)));
    },
  });
  const call = async (slug: string, request: Request): Promise<Response> => {
    try {
      const path = toFileUrl(`${functions_dir}/${slug}/index.ts`);
      const module: { default: EdgeFunction } = await import(path);
      return await module.default.fetch(request);
    } catch (error) {
      // The platform answers for a function that crashed or can't be loaded.
      onError(`function ${slug}`, error);
      const body = { code: "WORKER_ERROR", message: "Function exited due to an error" };
      return Response.json(body, { status: 500 });
    }
  };
  return {
    slugs,
    async handle(slug, request) {
      if (!slugs.includes(slug)) {
        const body = { code: "NOT_FOUND", message: "Requested function was not found" };
        return Response.json(body, { status: 404 });
      }
      const answer = call(slug, request);
      track(answer);
      return await answer;
    },
    async idle() {
      while (under_way.size > 0) await Promise.all(under_way);
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

function setGlobal(name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(globalThis, name, before);
    else Reflect.deleteProperty(globalThis, name);
  };
}
