/** Examples show `open-upload.tiktokapis.com` and `upload.us.tiktokapis.com`, so no host is fixed. */
const TIKTOK_UPLOAD_SUFFIX = ".tiktokapis.com";

/**
 * Whether a file may be sent to an address that TikTok's answer named: `https` below
 * `.tiktokapis.com`, or the very host and port of the API that gave the answer.
 */
export function allowUploadUrl(upload_url: string, api_url: string): boolean {
  const upload = URL.parse(upload_url);
  const api = URL.parse(api_url);
  if (upload === null || upload.username !== "" || upload.password !== "") return false;
  if (upload.protocol === "https:" && upload.hostname.endsWith(TIKTOK_UPLOAD_SUFFIX)) return true;
  return api !== null && upload.origin === api.origin && upload.origin !== "null";
}
