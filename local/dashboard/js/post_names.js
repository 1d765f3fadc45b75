const place = "nexus.post_names";
const most = 100;

/**
 * What the user knows his posts by: a job itself holds neither caption nor file. Kept in this browser, for
 * the newest hundred; an app with a database keeps it there, beside the job's id.
 */
export function createPostNames() {
  function read() {
    try {
      return JSON.parse(localStorage.getItem(place)) ?? {};
    } catch {
      return {};
    }
  }

  return {
    /** @returns {string | undefined} unknown where it was posted elsewhere */
    of: ({ id }) => read()[id],
    keep({ id }, name) {
      const others = Object.entries(read()).slice(1 - most);
      try {
        localStorage.setItem(place, JSON.stringify(Object.fromEntries([...others, [id, name]])));
      } catch {
        // A full or forbidden store: the list says less, and nothing else is lost.
      }
    },
  };
}
