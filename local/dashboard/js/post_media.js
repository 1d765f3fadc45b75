import { byId } from "./dom.js";
import { createFilePicker } from "./post_file.js";
import { createWebPhotos, createWebVideo } from "./post_web.js";

/**
 * What is posted, wherever it is: a file, a video on the web, or photos on the web.
 * @param {{demo_clip: string, onChange: () => void, onProblem: (message: string) => void}} options
 */
export function createMedia({ demo_clip, onChange, onProblem }) {
  const kind = byId("media-kind");
  const kinds = {
    file: createFilePicker({ demo_clip, onChange, onProblem }),
    web_video: createWebVideo({ onChange }),
    web_photos: createWebPhotos({ onChange }),
  };
  const current = () => kinds[kind.value];

  kind.addEventListener("change", () => {
    for (const name of Object.keys(kinds)) byId(`media-${name}`).hidden = name !== kind.value;
    onChange();
  });

  return {
    /** `media` of the client's post, once nothing is wrong with it. */
    read: () => current().read(),
    /** What a user knows it by, where it has no caption. */
    name: () => current().name(),
    isPhotos: () => kind.value === "web_photos",
    /** @returns {{path: string, message: string}[]} what can be told before anything is sent */
    check() {
      const message = current().check();
      return message ? [{ path: current().path, message }] : [];
    },
    /** Undefined, or not a number, while unknown. */
    seconds: () => current().seconds(),
    clear() {
      for (const each of Object.values(kinds)) each.clear();
    },
    /** While it is being sent, it stays the one that is sent. */
    lock(locked) {
      kind.disabled = locked;
      for (const each of Object.values(kinds)) each.lock(locked);
    },
  };
}
