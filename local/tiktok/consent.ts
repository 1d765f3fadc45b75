export interface ConsentChoice {
  /** As the app built it; a path of the stand-in. */
  authorize_url: string | URL;
  /** `open_id` or `username`; the first account if left out. */
  account?: string;
  /** What stays ticked; all that was asked if left out. */
  scopes?: string[];
  /** Presses "Cancel". */
  deny?: boolean;
  /** What the pages are loaded with; the global one if left out. */
  fetch?: typeof fetch;
}

/**
 * What a user does on the consent page: loads it, fills in its form, sends it.
 * Answers the address that the browser is sent to, without going there.
 */
export async function consent(choice: ConsentChoice): Promise<URL> {
  const load = choice.fetch ?? fetch;
  const page = await load(choice.authorize_url, { redirect: "manual" });
  const html = await page.text();
  if (page.status !== 200) throw new Error(`the consent page said ${page.status}: ${wrong(html)}`);
  const form = new URLSearchParams();
  for (const { name, value } of inputs(html, "hidden")) form.append(name, value);
  form.set("account", chooseAccount(html, choice.account));
  for (const { name, value, disabled } of inputs(html, "checkbox")) {
    const ticked = choice.scopes === undefined || choice.scopes.includes(value);
    if (ticked && !disabled) form.append(name, value);
  }
  form.set("decision", choice.deny ? "cancel" : "continue");
  const action = new URL(
    attribute(html.match(/<form [^>]*>/)?.[0] ?? "", "action"),
    page.url ||
      choice.authorize_url,
  );
  const answer = await load(action, { method: "POST", body: form, redirect: "manual" });
  const location = answer.headers.get("location");
  const body = await answer.text();
  if (answer.status !== 303 || location === null) {
    throw new Error(`the consent form said ${answer.status}: ${wrong(body)}`);
  }
  return new URL(location);
}

function chooseAccount(html: string, wanted: string | undefined): string {
  const radios = inputs(html, "radio");
  const labels = html.split("<label").filter((label) => label.includes('type="radio"'));
  const index = wanted === undefined
    ? 0
    : radios.findIndex(({ value }, position) =>
      value === wanted || labels[position]?.includes(`@${wanted} `)
    );
  const chosen = radios[index];
  if (chosen === undefined) throw new Error(`no account ${wanted} on the consent page`);
  return chosen.value;
}

function inputs(html: string, type: string) {
  return [...html.matchAll(/<input [^>]*>/g)].map(([tag]) => tag)
    .filter((tag) => attribute(tag, "type") === type)
    .map((tag) => ({
      name: attribute(tag, "name"),
      value: attribute(tag, "value"),
      disabled: / disabled[ >]/.test(tag),
    }));
}

function attribute(tag: string, name: string): string {
  const value = tag.match(new RegExp(` ${name}="([^"]*)"`))?.[1] ?? "";
  return value.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

function wrong(html: string): string {
  return html.match(/<li><code>(.*?)<\/code>/)?.[1] ?? "something else";
}
