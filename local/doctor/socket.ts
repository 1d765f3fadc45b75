/** Whether a WebSocket opens at an address. Why it does not, a browser's API never tells. */

const TIMEOUT_MS = 10_000;

export type OpensSocket = (url: string) => Promise<boolean>;

/** Shakes hands and goes away again. The address may hold a key: nothing of it is said or thrown. */
export function opensSocket(url: string, timeout_ms = TIMEOUT_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const end = (opens: boolean) => {
      clearTimeout(timer);
      socket.onopen = socket.onerror = socket.onclose = null;
      // Its error would otherwise be nobody's: a handshake that is broken off ends in one.
      socket.onerror = (event) => event.preventDefault();
      socket.close();
      resolve(opens);
    };
    const timer = setTimeout(() => end(false), timeout_ms);
    socket.onopen = () => end(true);
    socket.onerror = (event) => {
      event.preventDefault();
      end(false);
    };
    socket.onclose = () => end(false);
  });
}
