import type { Gap } from './gaps.ts';
import type { LogEvent } from './session-log.ts';

/** Sessions that could not be kept: counted, told when it begins and when it is over, and noted as a gap. */
export class Losses {
  /** Ends of sessions that are lost, ever. */
  count = 0;
  #since: number | undefined;
  #until = 0;
  #now = 0;
  readonly #tell: (kind: LogEvent['kind'], text: string) => void;

  constructor(tell: (kind: LogEvent['kind'], text: string) => void) {
    this.#tell = tell;
  }

  add(at: number, isEnd: boolean, why: string): void {
    if (isEnd) this.count++;
    if (this.#since === undefined) {
      this.#since = at;
      this.#tell('lost', `sessions are lost: ${why}`);
    }
    this.#until = at;
    this.#now++;
  }

  /** To be called when sessions are written again; answers the gap, when there was one. */
  end(why: string): Gap | undefined {
    if (this.#since === undefined) return undefined;
    const gap = { from: this.#since, to: this.#until, why: `the disk could not take all sessions: ${why}` };
    this.#tell('mended', `sessions are written again; ${this.#now} were lost`);
    this.#since = undefined;
    this.#now = 0;
    return gap;
  }
}
