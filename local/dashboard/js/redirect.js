/**
 * Takes what TikTok sent along out of the address, at once: a code must not stay in the history, nor
 * be sent twice by a reload.
 * @returns {{state?: string, code?: string, error?: string, error_description?: string} | undefined}
 */
export function takeRedirect() {
  if (location.pathname !== "/connected") return undefined;
  const query = new URLSearchParams(location.search);
  history.replaceState(null, "", "/");
  const answer = {};
  for (const name of ["state", "code", "error", "error_description"]) {
    const value = query.get(name);
    if (value) answer[name] = value;
  }
  return Object.keys(answer).length > 0 ? answer : undefined;
}
