import { open, unlink } from 'node:fs/promises';
import { AppError } from '../../errors/app-error.ts';

/** A file that is there, empty, before what belongs into it is made. */
export interface NewFile {
  write(text: string): Promise<void>;
  /** Removes it again unless something was written. */
  close(): Promise<void>;
}

/** Makes a new file. A secret that is made only once must not get lost because it cannot be written. Throws `value-invalid`. */
export async function reserveFile(path: string, mode = 0o600): Promise<NewFile> {
  let written = false;
  try {
    const file = await open(path, 'wx', mode);
    await file.chmod(mode);
    return {
      write: async (text) => {
        await file.writeFile(text);
        await file.sync();
        written = true;
      },
      close: async () => {
        await file.close();
        if (!written) await unlink(path);
      },
    };
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const why = exists ? 'is there already; expected a new one' : `cannot be made: ${(cause as Error).message}`;
    throw new AppError('value-invalid', `File ${JSON.stringify(path)} ${why}.`, { cause });
  }
}
