import { setImmediate as nextTurn } from 'node:timers/promises';
import { libc } from '../../../system/libc.ts';
import type { FrameCopy } from '../../../system/nflog/decode-copy.ts';
import { type NflogReader, openNflog } from '../../../system/nflog/nflog-reader.ts';
import type { DroppedFrame, Violation } from '../../driver.ts';
import type { CountedPorts } from '../nftables/counted-ports.ts';
import { offenceNames, portsOf, sampleGroup, sampleLength } from '../nftables/guard-table.ts';
import { ofVerify } from '../verify/test-ports.ts';

/** Milliseconds between two looks at what the kernel copied: waking up is all that they cost while there is nothing. */
const lookEvery = 100;
/** Milliseconds after which it is tried again to listen. */
const listenAgain = 5_000;
/** Ports of one set that are read before others on the event loop get their turn. */
const longSet = 200;

/** What the guard dropped: counts out of its sets, and examples by NFLOG. Nothing of it waits for nftables. */
export class ViolationsPart {
  readonly #read: (set: string) => CountedPorts;
  readonly #warn: (text: string) => void;
  readonly #made: () => boolean;
  #samples: NflogReader | undefined;
  readonly #onFrame = new Set<(dropped: DroppedFrame) => void>();
  #looking: NodeJS.Timeout | undefined;
  /** When it is tried again to listen (monotonic), and whether somebody was told that it cannot be. */
  #again = 0;
  #said = false;
  /** What was read last of each set, for when rules were changed while it was read. */
  readonly #last = new Map<string, ReadonlyMap<string, number>>();

  /** What rules of an earlier process had counted when it was looked first, by offence: somebody else has told it. */
  readonly #before = new Map<string, ReadonlyMap<string, number>>();

  /** `read` counts by port in one of our sets; `made` says that this process has made the rules. */
  constructor(read: (set: string) => CountedPorts, warn: (text: string) => void, made: () => boolean) {
    this.#read = read;
    this.#warn = warn;
    this.#made = made;
  }

  async counts(): Promise<Violation[]> {
    const found: Violation[] = [];
    for (const offence of offenceNames) {
      const counts = this.#countsOf(offence);
      const before = this.#beforeOf(offence, counts);
      for (const [port, all] of counts) {
        const told = before?.get(port) ?? 0;
        const count = all < told ? all : all - told;
        if (count > 0 && !ofVerify.test(port)) found.push({ offence, port, count });
      }
      if (counts.size > longSet) await nextTurn();
    }
    // An example of what was just counted is here already.
    this.#drain();
    return found;
  }

  /** Without NFLOG nothing is ever called back. */
  watch(canSample: boolean, onFrame: (dropped: DroppedFrame) => void): void {
    this.#onFrame.add(onFrame);
    if (!canSample || this.#looking !== undefined) return;
    this.#listen();
    this.#looking = setInterval(() => this.#drain(), lookEvery);
    this.#looking.unref();
  }

  close(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
    this.#onFrame.clear();
    this.#samples?.close();
    this.#samples = undefined;
  }

  /** Somebody else may listen, such as a daemon that is about to end: then it is tried again now and then. */
  #listen(): void {
    try {
      this.#samples = openNflog(sampleGroup, sampleLength);
    } catch (error) {
      this.#again = performance.now() + listenAgain;
      if (this.#said) return;
      this.#said = true;
      // What the guard drops is still counted; only examples of it are missing.
      this.#warn(`dropped frames are counted but cannot be shown: ${(error as Error).message}`);
    }
  }

  #countsOf(offence: string): ReadonlyMap<string, number> {
    const { counts, whole } = this.#read(portsOf(offence));
    const last = this.#last.get(offence);
    const all = whole || last === undefined ? counts : new Map([...last, ...counts]);
    this.#last.set(offence, all);
    return all;
  }

  #beforeOf(offence: string, counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> | undefined {
    if (this.#made()) return undefined;
    const before = this.#before.get(offence);
    if (before === undefined) this.#before.set(offence, counts);
    return before ?? counts;
  }

  #drain(): void {
    if (this.#samples === undefined && this.#looking !== undefined && performance.now() > this.#again) this.#listen();
    const names = new Map<number, string>();
    this.#samples?.drain(({ prefix, device, at, frame }: FrameCopy) => {
      if (!offenceNames.includes(prefix)) return;
      const port = names.get(device) ?? nameOf(device);
      names.set(device, port);
      if (port === '' || ofVerify.test(port)) return;
      const dropped = { offence: prefix, port, at: at ?? Date.now(), frame };
      for (const onFrame of this.#onFrame) onFrame(dropped);
    });
  }
}

const nameBuffer = new Uint8Array(16);

/** Empty for a device that is gone. */
function nameOf(index: number): string {
  if (libc().if_indextoname(index, nameBuffer) === null) return '';
  return Buffer.from(nameBuffer.subarray(0, nameBuffer.indexOf(0))).toString('latin1');
}
