/** The same chunks, sent by curl: from the disk, or from the source as the uploader has to. */
import { chunkAt, planChunks } from "../../supabase/functions/_shared/tiktok/index.ts";
import { TEST_AUTHORITY } from "../../tests/transport/tls_identity.ts";
import type { Moved } from "./mover.ts";

export type Way = "disk" | "source";

/** Peak memory is not told: each chunk has a process of its own. */
export async function moveByCurl(
  way: Way,
  origin: string,
  size_bytes: number,
): Promise<Omit<Moved, "peak_bytes">> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/ca.pem`, TEST_AUTHORITY);
    await Deno.writeTextFile(`${folder}/move.sh`, await script(folder, way, origin, size_bytes));
    const started_at = performance.now();
    const { success, stderr } = await new Deno.Command("bash", { args: [`${folder}/move.sh`] })
      .output();
    const seconds = (performance.now() - started_at) / 1000;
    const said = new TextDecoder().decode(stderr);
    const [, user, system] = /^cpu (\S+) (\S+)$/m.exec(said) ?? [];
    const cpu_seconds = Number(user) + Number(system);
    if (!success) throw new Error(said);
    return { seconds, cpu_seconds };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function script(
  folder: string,
  way: Way,
  origin: string,
  size_bytes: number,
): Promise<string> {
  const curl = `curl --silent --fail --cacert ${folder}/ca.pem`;
  const plan = planChunks(size_bytes);
  const lines: string[] = [];
  const lengths = new Set<number>();
  for (let offset = 0; offset < size_bytes;) {
    const chunk = chunkAt(plan, size_bytes, offset);
    if (chunk === null) throw new Error("the plan has a gap");
    const { first, last } = chunk;
    const length = last - first + 1;
    lengths.add(length);
    const put =
      `${curl} -X PUT -H "Expect:" -H "Transfer-Encoding:" -H "Content-Length: ${length}" ` +
      `-H "Content-Range: bytes ${first}-${last}/${size_bytes}" ${origin}/upload`;
    lines.push(
      way === "disk"
        ? `${put} -T ${folder}/${length}.bin`
        : `${curl} -r ${first}-${last} ${origin}/${size_bytes} | ${put} -T -`,
    );
    offset = last + 1;
  }
  for (const length of lengths) {
    const file = await Deno.create(`${folder}/${length}.bin`);
    await file.truncate(length);
    file.close();
  }
  return `set -eo pipefail\nTIMEFORMAT='cpu %U %S'\ntime {\n${lines.join("\n")}\n}\n`;
}
