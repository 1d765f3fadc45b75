import { announce, byId, el } from "./dom.js";
import { createCreator } from "./creator.js";
import { createFieldErrors } from "./field_errors.js";
import { createMedia } from "./post_media.js";
import { createPostOptions, showConsent, undecided_brand } from "./post_options.js";
import { problemOf, renderProblem } from "./problem.js";
import { createSchedule } from "./post_schedule.js";
import { createSender } from "./post_sender.js";
import { duration, handleOf } from "./words.js";

/**
 * The form that makes a post.
 * @param {{tiktok: object, onTry: () => void,
 *   onPosted: (job: object, name: string) => void}} options `name`: what the user knows the post by
 */
export function createPostForm({ tiktok, onTry, onPosted }) {
  const form = byId("post-form");
  const [account, button, trouble] = [byId("account"), byId("post-button"), byId("post-problem")];
  const errors = createFieldErrors(form);
  let connections = [];
  let busy = false;
  /** What the user chose last; an account that can't do it does not change his mind. */
  let wanted_mode = "direct";

  const media = createMedia({
    demo_clip: "/clips/clip.mp4",
    onChange() {
      errors.clearAt("media");
      options.suit(media.isPhotos());
    },
    onProblem: (message) => errors.show([{ path: "media", message }]),
  });
  const options = createPostOptions(settle);
  const schedule = createSchedule(settle);
  const creator = createCreator({
    read: tiktok.creator,
    onChange: () => options.offer(creator.current()),
  });
  const sender = createSender({ tiktok });

  const mode = () => form.elements.namedItem("mode").value;
  const chosen = () => connections.find(({ id }) => id === account.value);

  /** Only what the account's scopes allow is offered; TikTok's passing moods are the creator's part. */
  function offerModes() {
    const scopes = chosen()?.scopes ?? [];
    for (const input of form.elements.namedItem("mode")) {
      input.disabled = busy ||
        !scopes.includes(input.value === "direct" ? "video.publish" : "video.upload");
    }
    const usable = [...form.elements.namedItem("mode")].filter(({ disabled }) => !disabled);
    const next = usable.find(({ value }) => value === wanted_mode) ?? usable[0];
    if (next) next.checked = true;
    settle();
  }

  function settle() {
    const direct = mode() === "direct";
    byId("direct-fields").hidden = !direct;
    byId("direct-fields").disabled = !direct || busy;
    byId("draft-hint").hidden = direct;
    byId("consent").hidden = !direct;
    showConsent(byId("consent"), byId("brand-content").checked);
    const refused = direct && creator.current()?.can_post === false;
    const undecided = direct && options.isUndecided();
    button.disabled = busy || refused || undecided;
    button.title = undecided ? undecided_brand : "";
    button.textContent = schedule.isOn() ? "Schedule" : direct ? "Post" : "Send the draft";
  }

  /** What is wrong before anything is sent. */
  function check() {
    const found = [...schedule.check()];
    const longest = creator.current()?.max_video_duration_seconds;
    found.push(...media.check());
    if (mode() === "draft") return found;
    if (longest && media.seconds() > longest) {
      const message = `This account may post videos up to ${duration(longest)}.`;
      found.push({ path: "media", message });
    }
    return [...found, ...options.check()];
  }

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    onTry();
    trouble.replaceChildren();
    const wrong = check();
    errors.show(wrong);
    if (wrong.length > 0) return;
    const post = {
      media: media.read(),
      connection_id: account.value,
      mode: mode(),
      ...(mode() === "direct" ? { post: options.read() } : {}),
      ...schedule.read(),
    };
    const name = post.post?.caption.trim() || media.name();
    setBusy(true);
    let problem;
    try {
      const job = await sender.send(post);
      if (!job) announce("The upload was stopped. Nothing was posted.");
      else {
        clear();
        onPosted(job, name);
      }
    } catch (error) {
      problem = problemOf(error);
    } finally {
      setBusy(false);
    }
    // After the form is usable again: a disabled field can't take the focus.
    if (problem) {
      const homeless = errors.show(problem.errors ?? []);
      trouble.replaceChildren(renderProblem(problem, { errors: homeless }));
    }
  }

  function setBusy(value) {
    busy = value;
    form.setAttribute("aria-busy", String(value));
    media.lock(value);
    schedule.lock(value);
    account.disabled = value;
    offerModes();
  }

  function clear() {
    media.clear();
    options.clear();
    schedule.clear();
    errors.clear();
    trouble.replaceChildren();
    // The next post is begun: TikTok is asked anew.
    creator.load(chosen());
  }

  form.addEventListener("submit", submit);
  form.addEventListener("change", ({ target }) => {
    if (target.name === "mode") wanted_mode = target.value;
    settle();
  });
  account.addEventListener("change", () => {
    offerModes();
    creator.load(chosen());
  });

  return {
    /** @param {object[]} all the user's connections */
    setConnections(all) {
      const before = account.value;
      const scopes_before = chosen()?.scopes.join();
      connections = all.filter(({ platform, status, scopes }) =>
        platform === "tiktok" && status === "active" &&
        (scopes.includes("video.publish") || scopes.includes("video.upload"))
      );
      form.hidden = connections.length === 0;
      byId("post-none").hidden = connections.length > 0;
      account.replaceChildren(...connections.map((connection) => {
        return el("option", { value: connection.id, text: handleOf(connection) });
      }));
      if (connections.some(({ id }) => id === before)) account.value = before;
      if (account.value === before && chosen()?.scopes.join() === scopes_before) return;
      offerModes();
      creator.load(chosen());
    },
    clear,
  };
}
