import { totalmem } from 'node:os';
import { Expiry } from './expiry.ts';
import { FoldedEvents } from './folded-events.ts';
import type { Recorder, RecorderOptions, RecorderSettings, RecorderStatus } from './recorder.ts';
import { ThreadHandle } from './thread-handle.ts';
import type { ThreadSettings, ThreadStatus } from './thread-messages.ts';

/**
 * Bytes of messages that may wait in the kernel, a kilobyte each: it ends all sessions whose time is over at once when it
 * looks for them, once a minute at least. Only what waits takes memory.
 */
const receiveBuffer = Math.min(256 * 1024 * 1024, Math.ceil(totalmem() / 32));
/** Milliseconds that the thread gets to write what it holds when it shall end. */
const closePatience = 6000;
/** Milliseconds after which `status` answers what it knew before. */
const statusPatience = 1000;
const flushPatience = 30_000;
/** Milliseconds before a thread that failed is started again; twice as many each time. */
const firstDelay = 500;
const longestDelay = 60_000;

/** Figures that go on counting when a thread takes the place of another. */
const totals = ['begun', 'ended', 'lostEvents', 'resynchronised', 'foundBegun', 'foundEnded'] as const;
type Totals = Record<(typeof totals)[number], number>;

const none: Totals = { begun: 0, ended: 0, lostEvents: 0, resynchronised: 0, foundBegun: 0, foundEnded: 0 };

const add = (before: Totals, more: Totals): Totals =>
  Object.fromEntries(totals.map((name) => [name, before[name] + more[name]])) as Totals;

/** Opens no file and starts no thread before it is configured. */
export function createRecorder(options: RecorderOptions & { readonly receiveBuffer?: number }): Recorder {
  return new ThreadedRecorder(options);
}

class ThreadedRecorder implements Recorder {
  readonly #options: RecorderOptions & { readonly receiveBuffer?: number };
  readonly #events: FoldedEvents;
  #settings: RecorderSettings = { mode: 'off', keepDays: 1, mostBytes: 0 };
  #thread: ThreadHandle | undefined;
  #running = false;
  #startedAt = 0;
  #last: ThreadStatus | undefined;
  /** While no thread writes. */
  #expiry: Expiry | undefined;
  #before = none;
  #lastError: string | undefined;
  /** Why nothing is recorded while no thread does. */
  #why = 'the daemon was not running';
  #delay = firstDelay;
  #again: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;
  #configured = false;

  constructor(options: RecorderOptions & { readonly receiveBuffer?: number }) {
    this.#options = options;
    this.#events = new FoldedEvents((about, text) => options.onEvent(about, text));
  }

  configure(settings: RecorderSettings): Promise<void> {
    return this.#inTurn(async () => {
      const { mode } = this.#settings;
      this.#settings = settings;
      if (this.#closed) return;
      const wanted = this.#wanted();
      if (!wanted) {
        this.#why = settings.site ? `the mode of the session log was "${settings.mode}"` : 'there was no gateway';
        await this.#stop();
        // Nothing is meant to be recorded, so nothing keeps it from being.
        this.#lastError = undefined;
        this.#expire(settings);
      } else if (this.#thread) {
        await this.#thread.ask({ ask: 'configure', settings: wanted }, flushPatience);
      } else await this.#start(wanted);
      if (mode !== settings.mode && this.#configured) {
        this.#events.note('mode', `the mode of the session log is "${settings.mode}" now; it was "${mode}"`);
      }
      this.#configured = true;
    });
  }

  async status(): Promise<RecorderStatus> {
    const now = await this.#thread?.ask({ ask: 'status' }, statusPatience);
    if (now) this.#last = now;
    const { since, log = await this.#expiry?.status() } = this.#last ?? {};
    return {
      mode: this.#settings.mode,
      running: this.#running,
      ...(this.#running && since !== undefined ? { since } : {}),
      ...add(this.#before, this.#last ?? none),
      ...(log ? { log } : {}),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  async flush(): Promise<void> {
    const status = await this.#thread?.ask({ ask: 'flush' }, flushPatience);
    if (status) this.#last = status;
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#closed = true;
      await this.#stop();
      await this.#expiry?.close();
      this.#events.close();
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  #wanted(): ThreadSettings | undefined {
    const { mode, site, keepDays, mostBytes } = this.#settings;
    return mode === 'full' && site ? { keepDays, mostBytes, site } : undefined;
  }

  async #start(settings: ThreadSettings): Promise<void> {
    clearTimeout(this.#again);
    await this.#expiry?.close();
    this.#expiry = undefined;
    const { directory, receiveBuffer: given } = this.#options;
    const thread = new ThreadHandle(
      { directory, settings, why: this.#why, receiveBuffer: given ?? receiveBuffer },
      {
        onEvent: (about, text) => this.#events.note(about, text),
        onEnd: (error) => this.#ended(thread, error),
      },
    );
    this.#thread = thread;
    this.#startedAt = performance.now();
    this.#running = await thread.recording;
    if (this.#running) this.#lastError = undefined;
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#again);
    const last = await this.#thread?.close(closePatience);
    if (last) this.#last = last;
    this.#keepTotals();
  }

  #expire(settings: RecorderSettings): void {
    if (this.#expiry) this.#expiry.configure(settings);
    else this.#expiry = new Expiry(this.#options.directory, settings, (about, text) => this.#events.note(about, text));
  }

  #keepTotals(): void {
    if (this.#last) this.#before = add(this.#before, this.#last);
    this.#last = undefined;
  }

  /** A thread that failed comes back; the time without it becomes a gap. */
  #ended(thread: ThreadHandle, error: Error | undefined): void {
    if (this.#thread !== thread) return;
    // What recorded for long is no thread that fails at once.
    if (this.#running && performance.now() - this.#startedAt > longestDelay) this.#delay = firstDelay;
    this.#thread = undefined;
    this.#running = false;
    if (!error) return;
    this.#lastError = error.message;
    this.#keepTotals();
    this.#why = `the thread that records sessions had ended: ${error.message}`;
    const seconds = this.#delay / 1000;
    this.#events.note('thread', `${this.#why}; it is started again in ${seconds} s`);
    this.#again = setTimeout(() => {
      void this.#inTurn(async () => {
        const wanted = this.#closed || this.#thread ? undefined : this.#wanted();
        if (wanted) await this.#start(wanted);
      });
    }, this.#delay);
    this.#again.unref();
    this.#delay = Math.min(this.#delay * 2, longestDelay);
  }
}
