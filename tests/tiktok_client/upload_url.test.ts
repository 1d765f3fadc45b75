import assert from "node:assert/strict";
import { allowUploadUrl } from "../../supabase/functions/_shared/tiktok/index.ts";

const PRODUCTION = "https://open.tiktokapis.com";
const STAND_IN = "http://127.0.0.1:9000";

const CASES: [upload_url: string, api_url: string, allowed: boolean][] = [
  ["https://open-upload.tiktokapis.com/video/?upload_id=1", PRODUCTION, true],
  ["https://upload.us.tiktokapis.com/video/", PRODUCTION, true],
  ["https://upload.us.tiktokapis.com/video/", STAND_IN, true],
  ["http://upload.us.tiktokapis.com/video/", PRODUCTION, false],
  ["https://tiktokapis.com.evil.test/", PRODUCTION, false],
  ["https://eviltiktokapis.com/", PRODUCTION, false],
  ["https://evil.test/.tiktokapis.com", PRODUCTION, false],
  ["https://user@upload.tiktokapis.com/", PRODUCTION, false],
  ["https://169.254.169.254/latest", PRODUCTION, false],
  ["http://127.0.0.1:9000/upload?token=1", STAND_IN, true],
  ["http://127.0.0.1:9001/upload", STAND_IN, false],
  ["http://localhost:9000/upload", STAND_IN, false],
  ["http://127.0.0.1:9000/upload", PRODUCTION, false],
  ["file:///etc/passwd", "file:///", false],
  ["", STAND_IN, false],
];
for (const [upload_url, api_url, allowed] of CASES) {
  const verdict = allowed ? "allowed" : "refused";
  Deno.test(`with the API at ${api_url}, an upload to "${upload_url}" is ${verdict}`, () => {
    assert.equal(allowUploadUrl(upload_url, api_url), allowed);
  });
}
