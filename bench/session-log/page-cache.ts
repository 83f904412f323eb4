import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import koffi from 'koffi';

const dontNeed = 4;

/** Takes a file out of the page cache (posix_fadvise(2), POSIX_FADV_DONTNEED): the next read of it is one of the disk. */
export class PageCache {
  readonly #advise = koffi.load('libc.so.6').func('int posix_fadvise(int fd, int64 offset, int64 length, int advice)');

  drop(path: string): void {
    const fd = openSync(path, 'r');
    try {
      fdatasyncSync(fd);
      const error = this.#advise(fd, 0, 0, dontNeed);
      if (error !== 0) throw new Error(`posix_fadvise of ${path} failed with error ${error}`);
    } finally {
      closeSync(fd);
    }
  }
}
