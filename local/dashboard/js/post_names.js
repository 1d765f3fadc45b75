const place = "nexus.post_names";
const most = 100;

/**
 * What the user knows his posts by: a job itself holds neither caption nor file. Kept in this browser, for
 * the newest hundred; an app with a database keeps it there, beside the job's id.
 */
export function createPostNames() {
  const names = new Map(read());
  return {
    /** @returns {string | undefined} unknown where it was posted elsewhere */
    of: ({ id }) => names.get(id),
    keep({ id }, name) {
      names.set(id, name);
      try {
        // Another tab may have kept some meanwhile.
        const all = new Map([...read(), [id, name]]);
        localStorage.setItem(place, JSON.stringify([...all].slice(-most)));
      } catch {
        // A full or forbidden store: the list says less, and nothing else is lost.
      }
    },
  };
}

/** @returns {[string, string][]} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(place)) ?? [];
  } catch {
    return [];
  }
}
