import { repositoryPath } from "../host/index.ts";

/** `--video FILE` or `--video=FILE`; the clip of the repository if left out. */
export function readArguments(args: readonly string[]): { video: string } {
  let video = repositoryPath("local/clips/clip.mp4");
  const rest = args.filter((arg) => arg !== "--").values();
  for (const arg of rest) {
    const [name, inline] = arg.split(/=(.*)/s);
    const value = inline ?? rest.next().value;
    if (name !== "--video" || !value) {
      throw new Error(`Unknown argument ${arg}. Usage: deno task demo [--video FILE]`);
    }
    video = value;
  }
  return { video };
}
