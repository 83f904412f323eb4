/** Longest line that is read; EVE with whole packets in it may be long, but not that long. */
const longestLine = 256 * 1024;

/**
 * Cuts a stream of octets into lines. A line that is not finished yet waits for the rest of it; one that is too long is
 * left out as a whole and counted. Memory is bounded by the longest line.
 */
export class LineSplitter {
  /** Lines that were left out since the start. */
  tooLong = 0;
  /** Octets that were taken and belong to a line that is not finished. */
  pending = 0;
  #parts: Buffer[] = [];
  #skipping = false;

  /** Calls back with each line that is finished, without its end. The line is only good for that call. */
  feed(chunk: Buffer, take: (line: Buffer) => void): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const part = chunk.subarray(from, end);
      if (this.#skipping || this.pending + part.length > longestLine) this.tooLong += 1;
      else take(this.#parts.length === 0 ? part : Buffer.concat([...this.#parts, part]));
      this.forget();
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** What was begun does not go on: the file is another one, or was cut. */
  forget(): void {
    this.#parts = [];
    this.pending = 0;
    this.#skipping = false;
  }

  #keep(rest: Buffer): void {
    this.pending += rest.length;
    if (this.pending > longestLine) this.#skipping = true;
    // A copy: what it was read into is used again.
    if (this.#skipping) this.#parts = [];
    else this.#parts.push(Buffer.from(rest));
  }
}
