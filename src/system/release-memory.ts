import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import koffi from 'koffi';

type Collect = (options: { type: 'major'; execution: 'async' }) => Promise<void>;

/** Changed objects that leave garbage worth the pause of a whole collection (40 ms for 10,000 forwards). */
const worthwhile = 50;
const quietFor = 2_000;
/** So many changed objects without a quiet moment, such as bulk orders one after the other, are not waited out. */
const tooMany = 50_000;

/** M_MMAP_THRESHOLD of mallopt(3). */
const mmapThreshold = -3;
/**
 * Bytes from which an allocation has pages of its own, which go back to the kernel with it. Left alone, glibc raises this
 * to 32 MB after the first large ones are freed, and buffers of megabytes leave holes in the heap of each thread.
 */
const ownPages = 262_144;

/**
 * Gives memory back to the kernel when a large change is over and nothing followed for two seconds, or at once when very much has changed. V8 keeps what a
 * change of 10,000 objects once took, and glibc keeps what libnftables took, long after both are free.
 */
export class MemoryRelease {
  readonly #collect: Collect;
  readonly #trim: (pad: number) => number;
  #changed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as Collect;
    const libc = koffi.load('libc.so.6');
    this.#trim = libc.func('int malloc_trim(size_t pad)');
    libc.func('int mallopt(int param, int value)')(mmapThreshold, ownPages);
  }

  /** `objects`: how many the change was about. */
  changed(objects: number): void {
    this.#changed += objects;
    clearTimeout(this.#timer);
    if (this.#changed < worthwhile) return;
    this.#timer = setTimeout(() => void this.#release(), this.#changed < tooMany ? quietFor : 0);
    this.#timer.unref();
  }

  async #release(): Promise<void> {
    this.#changed = 0;
    await this.#collect({ type: 'major', execution: 'async' });
    this.#trim(0);
  }
}
