export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The frame of both pages; `body` is HTML. */
export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<p class="banner" role="note"><strong>Stand-in for development.</strong>
This is not TikTok, and no real account is involved.</p>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #161823; --soft: #5c5f6b; --line: #d5d6dc;
  --paper: #fff; --ground: #f3f3f6; --strong: #d6123f; --on-strong: #fff; --note: #fff3c4; }
@media (prefers-color-scheme: dark) { :root { --ink: #f4f4f6; --soft: #b3b5c0; --line: #3d3f4b;
  --paper: #1b1c24; --ground: #101116; --strong: #ff5c7d; --on-strong: #1a0007; --note: #4a3d00; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
.banner { margin: 0; padding: .75rem 1rem; background: var(--note); text-align: center; }
main { max-width: 30rem; margin: 2rem auto; padding: 2rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: 1rem; }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.25; }
.soft { color: var(--soft); margin: 0; }
fieldset { margin: 1.5rem 0 0; padding: 0; border: 0; }
legend { padding: 0; font-weight: 600; margin-bottom: .5rem; }
.choice { display: flex; gap: .75rem; align-items: flex-start; padding: .75rem;
  border: 1px solid var(--line); border-radius: .625rem; margin-top: .5rem; cursor: pointer; }
.choice:has(:checked) { border-color: var(--strong); }
.choice:focus-within { outline: 3px solid var(--strong); outline-offset: 2px; }
.choice input { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; flex: none;
  accent-color: var(--strong); }
.choice strong, .choice small { display: block; }
.choice small { color: var(--soft); overflow-wrap: anywhere; }
.actions { display: flex; gap: .75rem; margin-top: 1.75rem; }
button { flex: 1; min-height: 3rem; border-radius: .625rem; border: 1px solid var(--line);
  background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button.primary { background: var(--strong); border-color: var(--strong); color: var(--on-strong); }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
code { overflow-wrap: anywhere; }
`;
