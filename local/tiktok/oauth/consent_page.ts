import type { Account } from "../records.ts";
import { SCOPE_LABELS } from "../scopes.ts";
import type { AuthorizeRequest } from "./authorize.ts";
import { escapeHtml, renderPage } from "./page.ts";

/** Where the user picks an account and says what the app may do; works without scripts. */
export function renderConsent(asked: AuthorizeRequest, accounts: Account[]): string {
  const hidden = asked.params.map(([name, value]) =>
    `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`
  );
  return renderPage(
    "Log in with TikTok (stand-in)",
    `<h1>An app wants to connect to your TikTok account</h1>
<p class="soft">It goes on at <code>${escapeHtml(new URL(asked.redirect_uri).host)}</code>.</p>
<form method="post" action="/v2/auth/authorize/">
${hidden.join("\n")}
<fieldset>
<legend>Continue as</legend>
${accounts.map(renderAccount).join("\n")}
</fieldset>
<fieldset>
<legend>The app may</legend>
${asked.scopes.map(renderScope).join("\n")}
</fieldset>
<div class="actions">
<button type="submit" name="decision" value="cancel">Cancel</button>
<button type="submit" name="decision" value="continue" class="primary">Continue</button>
</div>
</form>`,
  );
}

function renderAccount(account: Account, index: number): string {
  const { open_id, username, visibility, follower_count } = account;
  const about = `@${username} · ${visibility} · ${follower_count.toLocaleString("en")} followers`;
  return `<label class="choice">
<input type="radio" name="account" value="${escapeHtml(open_id)}"${index === 0 ? " checked" : ""}>
<span><strong>${escapeHtml(account.nickname)}</strong><small>${escapeHtml(about)}</small></span>
</label>`;
}

function renderScope(scope: string): string {
  const fixed = scope === "user.info.basic" ? " disabled" : "";
  return `<label class="choice">
<input type="checkbox" name="grant" value="${escapeHtml(scope)}" checked${fixed}>
<span><strong>${escapeHtml(SCOPE_LABELS[scope] ?? scope)}</strong><small>${
    escapeHtml(scope)
  }</small></span>
</label>`;
}
