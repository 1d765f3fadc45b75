/** Every door, with who may pass, for tests that hold for all of them. */

export type Endpoint = { method: "GET" | "POST" | "DELETE"; path: string };

const NOBODYS = "00000000-0000-4000-8000-00000000dead";

export const USER_ENDPOINTS: readonly Endpoint[] = [
  { method: "POST", path: "tiktok-initiate" },
  { method: "POST", path: "tiktok-callback" },
  { method: "GET", path: `tiktok-creator?connection_id=${NOBODYS}` },
  { method: "POST", path: "tiktok-publish" },
  { method: "GET", path: `tiktok-publish?job_id=${NOBODYS}` },
  { method: "DELETE", path: `tiktok-publish?job_id=${NOBODYS}` },
  { method: "POST", path: "tiktok-disconnect" },
  { method: "GET", path: `tiktok-analytics?connection_id=${NOBODYS}` },
];

export const SCHEDULE_ENDPOINTS: readonly Endpoint[] = [
  { method: "POST", path: "tiktok-refresh" },
  { method: "POST", path: "tiktok-status-poll" },
  { method: "POST", path: "tiktok-analytics" },
];

/** Methods that each function takes; any other is refused with exactly these in `Allow`. */
export const METHODS: Readonly<Record<string, readonly string[]>> = {
  "tiktok-initiate": ["POST"],
  "tiktok-callback": ["GET", "POST"],
  "tiktok-creator": ["GET"],
  "tiktok-publish": ["GET", "POST", "DELETE"],
  "tiktok-disconnect": ["POST"],
  "tiktok-analytics": ["GET", "POST"],
  "tiktok-refresh": ["POST"],
  "tiktok-status-poll": ["POST"],
  "tiktok-webhook": ["POST"],
};

export function nameOf({ method, path }: Endpoint): string {
  return `${method} ${path.split("?")[0]}`;
}
