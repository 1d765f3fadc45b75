/** `upload` and `post` with `--dry-run`: every check that needs nobody else. */

import type { Check } from "../../../supabase/functions/_shared/contract/post.ts";
import { type Checked, checkLocally, checkOffline, passes } from "../checks.ts";
import type { Command, Outcome } from "../outcome.ts";
import { type PostForm, readDraftForm, readPostForm } from "../post_form.ts";
import { optionOf, type Printer } from "../printer.ts";
import type { Runtime } from "../runtime.ts";
import { readSettings } from "../settings.ts";
import { describeTransfer, planTransfer } from "../transfer.ts";

export const rehearseUpload: Command = (values, runtime) =>
  rehearse(readDraftForm(values), runtime);

export const rehearsePost: Command = (values, runtime) => rehearse(readPostForm(values), runtime);

async function rehearse(form: PostForm, { env }: Runtime): Promise<Outcome> {
  const { config } = readSettings(env, ["MEDIA_PROFILE", "MEDIA_ALLOWED_HOSTS"]);
  const checked = await checkLocally(form, config);
  const { video } = checked;
  const checks = [
    ...checkOffline(form.request, config.MEDIA_ALLOWED_HOSTS),
    ...checked.checks,
  ];
  const ok = passes(checks);
  const transfer = planTransfer(form.request.media, video?.file.size_bytes ?? null);
  const not_checked = listUnchecked(form);
  return {
    ok,
    document: {
      dry_run: true,
      mode: form.request.mode,
      media_profile: config.MEDIA_PROFILE,
      file: video === null ? null : { path: video.file.path, ...video.facts },
      checks,
      transfer,
      not_checked,
    },
    show(printer) {
      showFile(printer, checked);
      for (const check of checks) printer.mark(markOf(check), describeCheck(check));
      printer.line();
      if (transfer !== null) printer.line(`Transfer: ${describeTransfer(transfer)}.`);
      printer.line(`Not checked offline: ${not_checked.join("; ")}.`);
      printer.line(ok ? "Every check passes." : "This would be refused.");
    },
  };
}

function listUnchecked({ file, request: { mode } }: PostForm): string[] {
  return [
    ...(file === null ? ["the video behind the URL"] : []),
    ...(mode === "direct"
      ? ["what the account offers: its privacy levels, its switches, its longest video"]
      : ["whether the account may take drafts"]),
    "the limit of posts a day",
  ];
}

function showFile(printer: Printer, { video }: Checked): void {
  if (video === null) return;
  const { file, facts } = video;
  const { container, codec, width, height, duration_seconds, frames_per_second } = facts;
  printer.line(file.path);
  printer.line(
    `${container.toUpperCase()}, ${codec ?? "unknown codec"}, ${width}x${height}, ` +
      `${duration_seconds.toFixed(1)} s, ${frames_per_second.toFixed(2)} frames a second, ` +
      `${file.size_bytes} bytes`,
  );
  printer.line();
}

function markOf({ ok, severity }: Check): "ok" | "error" | "advice" {
  return ok ? "ok" : severity;
}

/** A rule that is kept is named; one that is broken says what to do, and by which option. */
function describeCheck({ name, ok, path, message }: Check): string {
  return ok ? name : `${name}, ${optionOf(path)}: ${message}`;
}
