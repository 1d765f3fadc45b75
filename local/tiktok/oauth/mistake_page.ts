import { escapeHtml, renderPage } from "./page.ts";

/** TikTok shows this instead of going back, so that the app never hears of its mistake. */
export function renderMistake(param: string): string {
  return renderPage(
    "Something went wrong",
    `<h1>Something went wrong</h1>
<p>We couldn't log in with TikTok. This may be due to specific app settings.</p>
<p>If you're a developer, correct the following and try again:</p>
<ul><li><code>${escapeHtml(param)}</code></li></ul>`,
  );
}
