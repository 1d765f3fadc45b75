/** As much of a browser's page as is used here; elsewhere there is none. */
export type Page = {
  document?: unknown;
  location?: { href: string; assign(url: string): void };
  history?: { state: unknown; replaceState(state: unknown, unused: string, url: string): void };
  XMLHttpRequest?: new () => UploadRequest;
};

/** As much of XMLHttpRequest as an upload takes. */
export type UploadRequest = {
  readonly status: number;
  readonly responseText: string;
  readonly upload: { onprogress: ((event: { loaded: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: Blob): void;
  abort(): void;
};

/** Asked for at each use: a test, or a server's renderer, may put a page there and take it away. */
export function page(): Page {
  return globalThis as unknown as Page;
}
