import type { Observer } from '../../events/contract.ts';
import type { ObserverParts } from '../observer.ts';
import { type AskTrace, PartyFinder } from './find-parties.ts';
import { FileFollower, type FilePosition } from './follow-file.ts';
import { listenOnEveSocket } from './listen-on-eve-socket.ts';
import { type IdsAlert, readAlert } from './read-alert.ts';
import { tellAlert } from './tell-alert.ts';

/** Milliseconds between two looks at the file. */
const lookEvery = 250;
/** How long the file may be missing before that is an event: a rotation is over sooner. */
const missingFor = 30_000;
/** How often the place in the file is written down while it moves. */
const rememberEvery = 5_000;

/** Where the place in the file outlives the daemon. */
export interface PositionKeeper {
  load(): Promise<FilePosition | undefined>;
  save(position: FilePosition): Promise<void>;
}

export interface SuricataParts
  extends Pick<ObserverParts, 'clock' | 'log' | 'site' | 'desired' | 'events' | 'subjects'> {
  readonly positions: PositionKeeper;
  readonly ask?: AskTrace;
}

/** What lines come from. */
interface Source {
  readonly tooLong: number;
  look?(): Promise<void>;
  position?(): FilePosition;
  skipped?: number;
  close(): Promise<void>;
}

type Setting = { readonly file: string } | { readonly socket: string };

/**
 * Alerts of Suricata as events about the guests of the site (`watch.suricata`). Its file or socket may come and go, and
 * what stands in it is not trusted; a flood costs at most 4 MiB a second of reading.
 */
export class SuricataObserver implements Observer {
  readonly #parts: SuricataParts;
  readonly #parties: PartyFinder;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> = Promise.resolve();
  #closed = false;
  #setting = '';
  #source: Source | undefined;
  /** Since when the source cannot be had, on the monotonic clock. */
  #missingSince: number | undefined;
  #toldMissing = false;
  #remembered = { offset: -1, inode: -1, at: 0 };
  #toldLoss = { tooLong: 0, skipped: 0 };

  constructor(parts: SuricataParts) {
    this.#parts = parts;
    this.#parties = new PartyFinder(parts);
  }

  /** Comes back when the first look has been taken. */
  async start(): Promise<void> {
    await this.#look();
    this.#next();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#busy;
    await this.#remember(true);
    await this.#source?.close();
    this.#source = undefined;
  }

  #next(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#busy = this.#look().finally(() => this.#next());
    }, lookEvery);
    this.#timer.unref();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const setting = this.#parts.site()?.watch?.suricata;
    const text = JSON.stringify(setting ?? null);
    if (text !== this.#setting) {
      await this.#remember(true);
      await this.#source?.close().catch(() => undefined);
      this.#source = undefined;
      this.#setting = text;
      this.#isThere();
    }
    if (setting === undefined) return;
    try {
      this.#source ??= await this.#open(setting);
      await this.#source.look?.();
      this.#isThere();
      this.#tellLoss(this.#source);
      await this.#remember(false);
    } catch (error) {
      this.#isMissing(setting, error);
    }
  }

  async #open(setting: Setting): Promise<Source> {
    const take = (line: Buffer): void => {
      const alert = readAlert(line);
      if (alert !== undefined) this.#tell(alert);
    };
    if ('socket' in setting) return await listenOnEveSocket(setting.socket, take);
    const follower = new FileFollower(setting.file, take);
    await follower.begin(await this.#parts.positions.load());
    return follower;
  }

  #tell(alert: IdsAlert): void {
    const now = this.#parts.clock.now();
    const uplink = this.#parts.desired()?.uplink;
    const shared = [alert.source.address, alert.destination.address].find((one) => this.#parties.isShared(one));
    const ours = shared ?? uplink?.interface ?? 'suricata';
    const publish = (parties: Awaited<ReturnType<PartyFinder['find']>>): void =>
      this.#parts.events.publish(tellAlert(alert, parties, { now, ours }));
    const found = this.#parties.find(alert, now);
    if (found instanceof Promise) void found.then(publish);
    else publish(found);
  }

  #isThere(): void {
    this.#missingSince = undefined;
    if (!this.#toldMissing) return;
    this.#toldMissing = false;
    this.#publishService('over', 'info', 'Alerts of Suricata are read again');
  }

  #isMissing(setting: Setting, error: unknown): void {
    const now = this.#parts.clock.monotonic();
    this.#missingSince ??= now;
    if (this.#toldMissing || now - this.#missingSince < missingFor) return;
    this.#toldMissing = true;
    const what = 'file' in setting ? `file "${setting.file}"` : `socket "${setting.socket}"`;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'there is no such file' : error instanceof Error ? error.message : String(error);
    this.#publishService('begins', 'warning', `Alerts of Suricata cannot be read from ${what}: ${reason}`);
  }

  #publishService(lasts: 'begins' | 'over', severity: 'info' | 'warning', text: string): void {
    const subject = { service: 'suricata' };
    this.#parts.events.publish({ kind: 'service', severity, subject, text, at: this.#parts.clock.now(), lasts });
  }

  /** Lines that were left out are told in the log: they may have been alerts. */
  #tellLoss({ tooLong, skipped = 0 }: Source): void {
    if (tooLong > this.#toldLoss.tooLong)
      this.#parts.log.warn({ tooLong }, 'lines of Suricata were too long to be read');
    if (skipped > this.#toldLoss.skipped)
      this.#parts.log.warn({ skipped }, 'Suricata wrote faster than could be read: octets were left out');
    this.#toldLoss = { tooLong, skipped };
  }

  async #remember(now: boolean): Promise<void> {
    const position = this.#source?.position?.();
    if (position === undefined) return;
    const { offset, inode, at } = this.#remembered;
    const time = this.#parts.clock.monotonic();
    if ((offset === position.offset && inode === position.inode) || (!now && time - at < rememberEvery)) return;
    this.#remembered = { offset: position.offset, inode: position.inode, at: time };
    await this.#parts.positions
      .save(position)
      .catch((error) => this.#parts.log.warn({ err: error }, "the place in Suricata's file could not be kept"));
  }
}
