/** The data folder: one host at a time, and nothing of a killed host stops the next one. */

export interface DataFolder {
  /** `undefined`: everything is in memory. */
  database?: string;
  tiktok?: string;
  /** The bytes of stored objects; always files. */
  storage: string;
  /** Gives the folder free; removes what was only for this run. */
  close(): Promise<void>;
}

export async function openDataFolder(data_dir: string | undefined): Promise<DataFolder> {
  if (!data_dir) {
    const storage = await Deno.makeTempDir({ prefix: "nexus-host-storage-" });
    return { storage, close: () => Deno.remove(storage, { recursive: true }) };
  }
  await Deno.mkdir(data_dir, { recursive: true, mode: 0o700 });
  // The kernel drops this lock with the process, however it ends: the file itself means nothing.
  const lock = await Deno.open(`${data_dir}/host.lock`, { create: true, write: true });
  if (!await lock.tryLock(true)) {
    lock.close();
    throw new Error(`another host is running on ${data_dir}`);
  }
  return {
    database: `${data_dir}/database`,
    tiktok: `${data_dir}/tiktok`,
    storage: `${data_dir}/storage`,
    close: () => Promise.resolve(lock.close()),
  };
}
