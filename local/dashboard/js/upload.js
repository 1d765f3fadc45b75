import { ProblemError, problemFrom } from "./problem.js";

/**
 * Puts a file into the user's own folder of the bucket `videos`.
 * XMLHttpRequest, because fetch tells nothing of an upload's progress.
 * @param {{config: object, access_token: string, user_id: string, file: File,
 *   onProgress: (part: number) => void}} options `part` runs from 0 to 1
 * @returns {Promise<{kind: "storage", bucket: string, path: string}>} a post's `media.source`
 */
export function uploadVideo({ config, access_token, user_id, file, onProgress }) {
  const content_type = file.type || "video/mp4";
  const ending = content_type === "video/quicktime" ? "mov" : "mp4";
  const bucket = "videos";
  const path = `${user_id}/${crypto.randomUUID()}.${ending}`;
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.open("POST", `${config.supabase_url}/storage/v1/object/${bucket}/${path}`);
    request.setRequestHeader("apikey", config.publishable_key);
    request.setRequestHeader("authorization", `Bearer ${access_token}`);
    request.setRequestHeader("content-type", content_type);
    request.setRequestHeader("x-upsert", "true");
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve({ kind: "storage", bucket, path });
      else reject(new ProblemError(problemFrom(request.status, request.responseText)));
    });
    request.addEventListener("error", () => {
      reject(
        new ProblemError({
          title: "The upload was cut off",
          detail: "The host did not take the whole file. Nothing was posted; try again.",
        }),
      );
    });
    request.send(file);
  });
}
