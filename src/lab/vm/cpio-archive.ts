/** One entry of an archive. A directory has no data; a character device has its numbers. */
export interface ArchiveEntry {
  readonly path: string;
  readonly mode: number;
  readonly data?: Buffer;
  readonly device?: readonly [major: number, minor: number];
}

export const fileMode = { directory: 0o040755, executable: 0o100755, file: 0o100644, device: 0o020600 } as const;

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);

function renderEntry(entry: ArchiveEntry, inode: number): Buffer {
  const data = entry.data ?? Buffer.alloc(0);
  const name = Buffer.from(`${entry.path}\0`);
  const [major, minor] = entry.device ?? [0, 0];
  const fields = [inode, entry.mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([header, name, padding(header.length + name.length), data, padding(data.length)]);
}

/** An archive in the "newc" form that the kernel unpacks as its first root file system (initramfs-buffer-format.rst). */
export function renderArchive(entries: readonly ArchiveEntry[]): Buffer {
  const trailer: ArchiveEntry = { path: 'TRAILER!!!', mode: 0 };
  return Buffer.concat([...entries, trailer].map((entry, index) => renderEntry(entry, index + 1)));
}
