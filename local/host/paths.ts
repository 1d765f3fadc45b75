/** Where things are in the repository. */
import { fileURLToPath, pathToFileURL } from "node:url";

/** The path of a file or folder, from the repository's root. */
export function repositoryPath(relative: string): string {
  return fileURLToPath(new URL(`../../${relative}`, import.meta.url));
}

/** A path as something that can be imported. */
export function toFileUrl(path: string): string {
  return pathToFileURL(path).href;
}
