import { byId, empty, setText } from "./dom.js";
import { bytes, duration } from "./words.js";

/** TikTok's own limit. */
const max_bytes = 4_000_000_000;
const types = new Set(["video/mp4", "video/quicktime"]);

/**
 * A video of the user's own: chosen, dropped, or the demo clip; with a preview and what the browser can
 * tell of it.
 * @param {{demo_clip: string, onChange: () => void, onProblem: (message: string) => void}} options
 */
export function createFilePicker({ demo_clip, onChange, onProblem }) {
  const [preview, input, drop] = [byId("preview"), byId("file"), byId("drop")];
  const [facts, clear_button, demo_button] = [
    byId("media-facts"),
    byId("clear-media"),
    byId("demo-clip"),
  ];
  /** @type {File | undefined} */
  let file;
  /** Known once the browser has read the file's index, if it can. */
  let seconds;

  function take(chosen) {
    if (!chosen) return;
    const wrong = !types.has(chosen.type)
      ? `${chosen.name} is neither MP4 nor MOV. Choose a video that is.`
      : chosen.size === 0
      ? `${chosen.name} is empty. Choose another video.`
      : chosen.size > max_bytes
      ? `${chosen.name} has ${bytes(chosen.size)}; TikTok takes ${bytes(max_bytes)} at most.`
      : undefined;
    // Whatever was chosen before is not what is wanted any more.
    set(wrong ? undefined : chosen);
    if (wrong) onProblem(wrong);
  }

  function set(chosen) {
    file = chosen;
    seconds = undefined;
    if (preview.src) URL.revokeObjectURL(preview.src);
    if (file) preview.src = URL.createObjectURL(file);
    else empty(preview);
    if (!file) input.value = "";
    preview.hidden = !file;
    drop.hidden = Boolean(file);
    clear_button.hidden = !file;
    demo_button.hidden = Boolean(file);
    setText(facts, file ? `${file.name} · ${bytes(file.size)}` : "");
    onChange();
  }

  async function takeDemoClip() {
    demo_button.disabled = true;
    try {
      const response = await fetch(demo_clip);
      if (!response.ok) throw new TypeError(`fetch of ${demo_clip}: ${response.status}`);
      const content = await response.blob();
      set(new File([content], "demo clip.mp4", { type: "video/mp4" }));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      onProblem("This host does not offer the demo clip. Choose a video of your own.");
    } finally {
      demo_button.disabled = false;
    }
  }

  preview.addEventListener("loadedmetadata", () => {
    seconds = preview.duration;
    const size = `${preview.videoWidth}×${preview.videoHeight}`;
    setText(facts, `${file.name} · ${duration(seconds)} · ${size} · ${bytes(file.size)}`);
    onChange();
  });
  input.addEventListener("change", () => take(input.files[0]));
  clear_button.addEventListener("click", () => {
    set(undefined);
    input.focus();
  });
  demo_button.addEventListener("click", takeDemoClip);
  for (const type of ["dragenter", "dragover"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const type of ["dragleave", "drop"]) {
    drop.addEventListener(type, () => drop.classList.remove("over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    const { files } = event.dataTransfer;
    if (files.length > 1) onProblem("One video at a time: drop one alone.");
    else take(files[0]);
  });
  // A file that is dropped beside would be opened in the place of this page.
  for (const type of ["dragover", "drop"]) {
    document.addEventListener(type, (event) => event.preventDefault());
  }

  return {
    path: "media",
    /** `media` of the client's post, once nothing is wrong with it. */
    read: () => ({ type: "video", source: { kind: "file", file } }),
    seconds: () => seconds,
    name: () => file.name,
    check: () => file ? undefined : "Choose a video first.",
    clear: () => set(undefined),
    /** While it is being sent, it stays the one that is sent. */
    lock(locked) {
      for (const control of [input, clear_button, demo_button]) control.disabled = locked;
    },
  };
}
