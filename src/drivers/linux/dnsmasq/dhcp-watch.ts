import { open, readFile, stat } from 'node:fs/promises';
import type { DesiredState } from '../../../model/desired-state.ts';
import type { Ipv4Address } from '../../../model/ip-address.ts';
import type { MacAddress } from '../../../model/mac-address.ts';
import { systemClock } from '../../../system/clock.ts';
import { type DhcpTap, openDhcpTap } from '../../../system/dhcp-tap.ts';
import type { DhcpLease, DhcpView } from '../../driver.ts';
import { eachLine } from '../wire/each-line.ts';
import { DhcpAsks, readAsker } from './dhcp-asks.ts';
import { serviceFiles } from './service-files.ts';

/** Bytes of a log that are read in one go; what was written before them is passed over. */
const mostLog = 65_536;
/** Milliseconds that a trouble is told after its line was last written; dnsmasq tries to write again every minute. */
const troubleFor = 150_000;

const leaseLine = /^(\d+) ([0-9a-f]{2}(?::[0-9a-f]{2}){5}) (\d+\.\d+\.\d+\.\d+) /;
/** `dnsmasq-dhcp: DHCPDISCOVER(bk-dev) 10.77.10.5 02:1a:… no address available` (log_packet of rfc2131.c). */
const refusalLine =
  /DHCP(?:DISCOVER|REQUEST|NAK)\([^)]*\) (?:\d+\.\d+\.\d+\.\d+ )?([0-9a-f]{2}(?::[0-9a-f]{2}){5}) (.{1,100})$/;
/** lease.c, rfc2131.c */
const unwritableLine = /failed to write (\S+): (.{1,100}?) \(retry/;
const fullMessages = new Set(['no leases left', 'no address available']);

interface Segment {
  /** Of the file as it was read: time and size. */
  mark: string;
  /** Of each MAC address: its address and until when it has it. */
  leases: Map<MacAddress, DhcpLease>;
  logAt: number | undefined;
  readonly troubles: Map<string, { text: string; at: number }>;
}

const changed = (one: DhcpLease | undefined, { ipv4, until }: DhcpLease): boolean =>
  one?.ipv4 !== ipv4 || one.until !== until;

/**
 * What the services of DHCP give, from their files, and who asks in vain, from the wire: a service that hangs or does
 * not hear writes nothing. Two calls of stat(2) for each segment; a file is read when it changed.
 */
export class DhcpWatch {
  readonly #directory: string;
  readonly #log: { warn(details: object, text: string): void };
  readonly #segments = new Map<string, Segment>();
  readonly #asks = new DhcpAsks();
  #tap: DhcpTap | undefined;
  #deaf = false;
  #looking: Promise<DhcpView> | undefined;

  constructor(directory: string, log: { warn(details: object, text: string): void }) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Rejects when a file cannot be read that is there. */
  look(desired: DesiredState | null): Promise<DhcpView> {
    this.#looking ??= this.#look(desired).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  close(): void {
    this.#tap?.close();
    this.#tap = undefined;
    this.#deaf = true;
  }

  async #look(desired: DesiredState | null): Promise<DhcpView> {
    const served = [...(desired?.segments.values() ?? [])].filter(({ dhcp }) => dhcp !== undefined);
    const names = new Set<string>(served.map(({ name }) => name));
    for (const name of this.#segments.keys()) if (!names.has(name)) this.#segments.delete(name);
    const now = systemClock.now();
    const segmentOf = new Map<string, string>();
    for (const { mac, also, segment } of desired?.nics.values() ?? []) {
      if (!names.has(segment)) continue;
      segmentOf.set(mac, segment);
      if (also !== undefined) segmentOf.set(also, segment);
    }
    // First who asked, then who was answered: an answer is never missed.
    if (served.length > 0) this.#hear(segmentOf, now);
    for (const name of names) await this.#read(name, now);
    const segments = [...this.#segments];
    return {
      leases: segments.flatMap(([, { leases }]) => [...leases.values()]),
      waiting: this.#asks.waiting(now).flatMap(([mac, { since, count, why }]) => {
        const segment = segmentOf.get(mac);
        return segment === undefined ? [] : [{ mac, segment, since, count, ...(why === undefined ? {} : { why }) }];
      }),
      troubles: segments.flatMap(([segment, { troubles }]) =>
        [...troubles].map(([kind, { text }]) => ({ segment, kind, text })),
      ),
    };
  }

  #hear(segmentOf: ReadonlyMap<string, string>, now: number): void {
    if (this.#deaf) return;
    try {
      this.#tap ??= openDhcpTap();
      this.#tap.drain((message) => {
        const mac = readAsker(message);
        if (mac !== undefined && segmentOf.has(mac)) this.#asks.asked(mac, now);
      });
    } catch (error) {
      this.#log.warn({ error }, 'who asks by DHCP cannot be heard');
      this.close();
    }
  }

  async #read(name: string, now: number): Promise<void> {
    let segment = this.#segments.get(name);
    if (segment === undefined) {
      segment = { mark: '', leases: new Map(), logAt: undefined, troubles: new Map() };
      this.#segments.set(name, segment);
    }
    const files = serviceFiles(this.#directory, name);
    await this.#readLeases(name, files.leases, segment);
    await this.#readLog(files.log, segment, now);
    for (const [kind, { at }] of segment.troubles) if (now - at > troubleFor) segment.troubles.delete(kind);
  }

  async #readLeases(name: string, path: string, segment: Segment): Promise<void> {
    const found = await statOf(path);
    const mark = found === undefined ? 'none' : `${found.mtimeMs} ${found.size} ${found.ino}`;
    if (mark === segment.mark) return;
    const text = found === undefined ? '' : await readFile(path, 'utf8');
    const leases = new Map<MacAddress, DhcpLease>();
    await eachLine(text, (line) => {
      const [, until = '', mac = '', ipv4 = ''] = leaseLine.exec(line) ?? [];
      if (mac === '') return;
      const lease: DhcpLease = {
        segment: name,
        mac: mac as MacAddress,
        ipv4: ipv4 as Ipv4Address,
        until: Number(until) * 1000,
      };
      leases.set(lease.mac, lease);
      if (lease.until === 0 || changed(segment.leases.get(lease.mac), lease)) this.#asks.answered(lease.mac);
    });
    segment.leases = leases;
    // What could not be written is written now.
    if (segment.mark !== '') segment.troubles.delete('lease-file');
    segment.mark = mark;
  }

  async #readLog(path: string, segment: Segment, now: number): Promise<void> {
    const size = (await statOf(path))?.size ?? 0;
    // What it said before we came is no news.
    if (segment.logAt === undefined || size < segment.logAt) segment.logAt = size;
    if (size === segment.logAt) return;
    const from = Math.max(segment.logAt, size - mostLog);
    const buffer = Buffer.alloc(size - from);
    const file = await open(path, 'r');
    try {
      await file.read(buffer, 0, buffer.length, from);
    } finally {
      await file.close();
    }
    segment.logAt = size;
    await eachLine(buffer.toString('utf8'), (line) => {
      const [, file, error] = unwritableLine.exec(line) ?? [];
      if (file !== undefined) {
        const text = `dnsmasq cannot write its leases to "${file}": ${error}`;
        segment.troubles.set('lease-file', { text, at: now });
      }
      const [, mac, why] = refusalLine.exec(line) ?? [];
      if (mac === undefined || why === undefined) return;
      this.#asks.refused(mac as MacAddress, why);
      if (fullMessages.has(why))
        segment.troubles.set('full', { text: `dnsmasq has no address for ${mac}: ${why}`, at: now });
    });
  }
}

async function statOf(path: string): Promise<{ mtimeMs: number; size: number; ino: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
