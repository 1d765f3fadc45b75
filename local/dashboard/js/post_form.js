import { byId, el } from "./dom.js";
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
  /** What was begun in one session does not end in the next. */
  let session = 0;
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
    const refused = chosen()?.status === "reconnect_required" ||
      direct && creator.current()?.can_post === false;
    const undecided = direct && options.isUndecided();
    button.disabled = busy || refused || undecided;
    button.title = undecided ? undecided_brand : "";
    button.textContent = schedule.isOn() ? "Schedule" : direct ? "Post" : "Send the draft";
  }

  /** What is wrong before anything is sent. */
  function check() {
    const found = [...schedule.check()];
    if (!chosen()) found.push({ path: "connection_id", message: "Choose an account." });
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
    const mine = session;
    const { job, problem } = await sender.send(post)
      .then((job) => ({ job }), (error) => ({ problem: problemOf(error) }));
    if (mine !== session) return;
    // A disabled field can't take the focus.
    setBusy(false);
    if (job) {
      clear();
      onPosted(job, name);
    } else if (problem) {
      const homeless = errors.show(problem.errors ?? []);
      trouble.replaceChildren(renderProblem(problem, { errors: homeless }));
    } else {
      const text = "The upload was stopped. Nothing was posted.";
      trouble.replaceChildren(el("p", { class: "note", role: "status", text }));
    }
    // It was on what is disabled or gone by now.
    if (document.activeElement.matches("body, [hidden] *, :disabled")) button.focus();
  }

  function setBusy(value) {
    busy = value;
    // Whoever leaves the page now is asked whether he means it.
    if (busy) addEventListener("beforeunload", holdBack);
    else removeEventListener("beforeunload", holdBack);
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

  /** Whether something would be lost if it went to another account than was meant. */
  const isBegun = () => media.check().length === 0 || options.isBegun();

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
      const before = JSON.stringify(stateOf(chosen()));
      const { value } = account;
      connections = all.filter(({ platform, status, scopes }) =>
        platform === "tiktok" && status !== "disconnected" &&
        (scopes.includes("video.publish") || scopes.includes("video.upload"))
      );
      form.hidden = connections.length === 0;
      byId("post-none").hidden = connections.length > 0;
      account.replaceChildren(...connections.map((connection) => {
        return el("option", { value: connection.id, text: handleOf(connection) });
      }));
      if (connections.some(({ id }) => id === value)) account.value = value;
      else if (value && isBegun()) {
        account.prepend(
          el("option", { value: "", text: "It is gone: choose another", disabled: true }),
        );
        account.value = "";
      } else account.value = (connections.find(isActive) ?? connections[0])?.id ?? "";
      if (JSON.stringify(stateOf(chosen())) === before) return;
      offerModes();
      creator.load(chosen());
    },
    /** The session is over: what is under way is ended, and the form is empty. */
    leave() {
      session++;
      sender.reset();
      setBusy(false);
      this.setConnections([]);
      clear();
    },
  };
}

const isActive = ({ status }) => status === "active";

/** What the form depends on. */
const stateOf = (connection) => connection && [connection.id, connection.status, connection.scopes];

const holdBack = (event) => event.preventDefault();
