import { AppError } from '../errors/app-error.ts';
import type { ImportedNic, ImportMistake } from '../model/imported-nic.ts';
import {
  type Ipv4Address,
  type Ipv6Address,
  ipv4ToInteger,
  ipv6ToInteger,
  isIpv4,
  parseIp,
} from '../model/ip-address.ts';
import { parseLabel } from '../model/names.ts';
import { quoteValue } from '../model/quote-value.ts';
import { readMac } from './read-mac.ts';

/** What was read from a text, and what could not be. */
export interface Imported {
  readonly nics: readonly ImportedNic[];
  readonly mistakes: readonly ImportMistake[];
}

/** A NIC as its tool shows it; empty text means that it says nothing. */
export interface SeenNic {
  readonly where: string;
  readonly mac: string | undefined;
  readonly guest?: string | undefined;
  readonly nic: number;
  /** IP addresses; a prefix length after `/` is left out. */
  readonly addresses?: readonly string[];
  readonly network?: string | undefined;
  readonly segment?: string | undefined;
  readonly owner?: string | undefined;
  readonly state?: string | undefined;
}

/** Mistakes that are listed; with more, the text is of another format. */
const mostMistakes = 10_000;

/** Tools show names of any length; a registry keeps what a person reads. */
const longest = 200;

function optional<K extends string>(key: K, value: string | undefined): { [k in K]?: string } {
  const text = value?.trim() ?? '';
  return (text === '' ? {} : { [key]: text.slice(0, longest) }) as { [k in K]?: string };
}

/** Loopback, link-local, multicast and unspecified addresses are nobody's in particular (RFC 6890). */
function isLasting(ip: Ipv4Address | Ipv6Address): boolean {
  if (isIpv4(ip)) {
    const value = ipv4ToInteger(ip);
    const first = Math.floor(value / 2 ** 24);
    return first !== 0 && first !== 127 && first < 224 && Math.floor(value / 2 ** 16) !== 0xa9fe;
  }
  const value = ipv6ToInteger(ip);
  return value > 1n && value >> 118n !== 0xfe80n >> 6n && value >> 120n !== 0xffn;
}

/** Takes NICs as an importer finds them, reads their addresses, and notes what cannot be read. */
export class Collected implements Imported {
  readonly nics: ImportedNic[] = [];
  readonly mistakes: ImportMistake[] = [];

  /** `message` is a whole sentence. Throws `import-unreadable` when there are too many. */
  refuse(where: string, message: string): void {
    if (this.mistakes.length === mostMistakes) {
      throw new AppError(
        'import-unreadable',
        `More than ${mostMistakes} NICs of the text cannot be read, the first at ${this.mistakes[0]?.where}: ${this.mistakes[0]?.message} Is it of another format?`,
      );
    }
    this.mistakes.push({ where, message });
  }

  add(seen: SeenNic): void {
    const { where, guest, nic } = seen;
    const title = guest === undefined || guest.trim() === '' ? 'The NIC' : `NIC ${nic} of ${quoteValue(guest.trim())}`;
    if (seen.mac === undefined || seen.mac.trim() === '') {
      this.refuse(where, `${title} has no MAC address.`);
      return;
    }
    const read = readMac(seen.mac);
    if ('reason' in read) {
      this.refuse(where, `${title}: ${read.reason}.`);
      return;
    }
    this.nics.push({
      where,
      mac: read.mac,
      nic,
      ...optional('guest', guest),
      ...this.#readAddresses(where, title, seen.addresses ?? []),
      ...optional('network', seen.network),
      ...this.#readSegment(where, title, seen.segment),
      ...optional('owner', seen.owner),
      ...optional('state', seen.state),
    });
  }

  #readSegment(where: string, title: string, text: string | undefined): Pick<ImportedNic, 'segment'> {
    if (text === undefined) return {};
    try {
      return { segment: parseLabel(text) };
    } catch {
      this.refuse(where, `${title}: ${quoteValue(text)} cannot be the name of a segment; the NIC was read without it.`);
      return {};
    }
  }

  #readAddresses(where: string, title: string, texts: readonly string[]): Pick<ImportedNic, 'ipv4' | 'ipv6'> {
    const ipv4 = new Set<Ipv4Address>();
    const ipv6 = new Set<Ipv6Address>();
    for (const text of texts) {
      // A zone such as `%eth0` only makes sense on the host it was read on (RFC 4007).
      const [address = ''] = text.trim().split(/[/%]/);
      if (address === '') continue;
      try {
        const ip = parseIp(address);
        if (!isLasting(ip)) continue;
        if (isIpv4(ip)) ipv4.add(ip);
        else ipv6.add(ip);
      } catch {
        this.refuse(where, `${title}: ${quoteValue(text.trim())} is no IP address; the NIC was read without it.`);
      }
    }
    return { ipv4: [...ipv4], ipv6: [...ipv6] };
  }
}

/** Counts NICs of each guest in the order in which they come. */
export class NicCounter {
  readonly #next = new Map<string, number>();

  next(guest: string | undefined): number {
    const key = guest ?? '';
    const index = this.#next.get(key) ?? 0;
    this.#next.set(key, index + 1);
    return index;
  }
}
