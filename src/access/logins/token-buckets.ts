/** How many may come at once, and how soon one more may (milliseconds). */
export interface BucketSize {
  readonly capacity: number;
  readonly every: number;
}

interface Bucket {
  level: number;
  at: number;
}

/** Keys that are remembered: a bucket is about 100 bytes. */
const mostKeys = 20_000;

/**
 * A token bucket for each key. Memory is bounded: with too many keys, the one that was used least recently is forgotten,
 * which is as if it were full. Time is monotonic milliseconds.
 */
export class TokenBuckets {
  readonly #size: BucketSize;
  readonly #now: () => number;
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(size: BucketSize, now: () => number) {
    this.#size = size;
    this.#now = now;
  }

  /** Takes one, and answers 0; or how long (ms) until there is one to take. */
  take(key: string): number {
    const bucket = this.#use(key);
    if (bucket.level >= 1) {
      bucket.level -= 1;
      return 0;
    }
    return Math.ceil((1 - bucket.level) * this.#size.every);
  }

  giveBack(key: string): void {
    const bucket = this.#use(key);
    bucket.level = Math.min(this.#size.capacity, bucket.level + 1);
  }

  #use(key: string): Bucket {
    const now = this.#now();
    const { capacity, every } = this.#size;
    const known = this.#buckets.get(key);
    const bucket = known ?? { level: capacity, at: now };
    bucket.level = Math.min(capacity, bucket.level + (now - bucket.at) / every);
    bucket.at = now;
    if (known !== undefined) this.#buckets.delete(key);
    else if (this.#buckets.size >= mostKeys) this.#buckets.delete(this.#buckets.keys().next().value as string);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
