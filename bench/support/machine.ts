/** What the figures were measured on. */

/** Processor, memory, system and the versions of what takes part, a line each. */
export async function readMachine(): Promise<string[]> {
  const cpu = (await Deno.readTextFile("/proc/cpuinfo")).match(/^model name\s*:\s*(.*)$/m)?.[1];
  const system = (await Deno.readTextFile("/etc/os-release")).match(/^PRETTY_NAME="(.*)"$/m)?.[1];
  const gib = Deno.systemMemoryInfo().total / 2 ** 30;
  return [
    `${navigator.hardwareConcurrency} cores (${cpu ?? Deno.build.arch}), ${gib.toFixed(0)} GiB`,
    `${system ?? Deno.build.os}, Linux ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
  ];
}
