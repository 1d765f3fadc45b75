import { byId } from "./dom.js";

/** "Post later": off unless switched on. */
export function createSchedule(onChange) {
  const [later, when] = [byId("later"), byId("when")];

  function settle() {
    byId("when-box").hidden = !later.checked;
    later.setAttribute("aria-expanded", String(later.checked));
    if (later.checked && !when.value) when.value = localTime(Date.now() + 3_600_000);
    when.min = localTime(Date.now());
    onChange();
  }
  later.addEventListener("input", settle);

  return {
    isOn: () => later.checked,
    check() {
      if (!later.checked) return [];
      const at_ms = new Date(when.value).getTime();
      if (at_ms > Date.now()) return [];
      const message = Number.isNaN(at_ms)
        ? "Choose a day and a time."
        : "That time is already over.";
      return [{ path: "scheduled_at", message }];
    },
    /** `scheduled_at` of the contract, in UTC, or nothing. */
    read: () => later.checked ? { scheduled_at: new Date(when.value).toISOString() } : {},
    lock(locked) {
      later.disabled = when.disabled = locked;
    },
    clear() {
      later.checked = false;
      when.value = "";
      settle();
    },
  };
}

/** As `datetime-local` wants it: the clock's own time without its zone, to the minute. */
function localTime(at_ms) {
  const date = new Date(at_ms);
  return new Date(at_ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
