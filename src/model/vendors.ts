import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type MacAddress, macFromInteger, macToInteger, quadrant } from './mac-address.ts';
import type { MacRange } from './mac-range.ts';

/** Whom the IEEE assigned a block of universal addresses to. */
export interface Vendor {
  /** As the registry writes it: `VMware, Inc.` */
  readonly name: string;
  /** `00:50:56:00:00:00/24` (MA-L), `…/28` (MA-M) or `…/36` (MA-S). */
  readonly prefix: string;
}

/**
 * Day on which the registry in use was taken from the IEEE (https://regauth.standards.ieee.org): that of the release of
 * oui-data below, which is the registry as JSON. A test holds both together.
 */
export const vendorDataDate = '2026-08-26';
/** Release of the package `oui-data` that `vendorDataDate` is the day of. */
export const vendorDataRelease = '2.1.9';

/** Blocks of one length: prefixes ascending, and for each the number of its name. */
interface Blocks {
  /** 24, 28 or 36. */
  readonly bits: number;
  readonly prefixes: Float64Array;
  readonly names: Uint32Array;
}

/** The registry without the postal addresses: 1.5 MB instead of 22. The longest blocks come first. */
interface VendorTable {
  readonly blocks: readonly Blocks[];
  readonly nameAt: (index: number) => string;
}

let loaded: VendorTable | undefined;

/** An entry of the registry, `"005056": "VMware, Inc.\n3401 Hillview Avenue…"`, as far as the end of the name. */
const entryPattern = /"([0-9A-F]{6}|[0-9A-F]{7}|[0-9A-F]{9})"\s*:\s*"((?:[^"\\]|\\[^n])*)/g;

/**
 * Reads the registry when it is asked for the first time (about 0.1 s); commands that never ask do not pay for it. Read
 * entry by entry: a JSON object of it takes 40 MB, which a process does not get rid of again.
 */
function vendorTable(): VendorTable {
  if (loaded) return loaded;
  const path = createRequire(import.meta.url).resolve('oui-data');
  // As Latin-1 every byte is a character, so that the text is no larger than the file.
  const text = readFileSync(path, 'latin1');
  const numbers = new Map<string, number>();
  const lists = new Map<number, { prefix: number; name: number }[]>([36, 28, 24].map((bits) => [bits, []]));
  for (const [, digits = '', name = ''] of text.matchAll(entryPattern)) {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    lists.get(digits.length * 4)?.push({ prefix: Number.parseInt(digits, 16), name: known });
  }
  const blocks = [...lists].map(([bits, found]) => {
    found.sort((a, b) => a.prefix - b.prefix);
    return {
      bits,
      prefixes: Float64Array.from(found, ({ prefix }) => prefix),
      names: Uint32Array.from(found, ({ name }) => name),
    };
  });
  loaded = { blocks, nameAt: packNames([...numbers.keys()]) };
  return loaded;
}

/** Names, as they stand in the JSON, in one buffer outside the heap; a string is made of those that are asked for. */
function packNames(names: readonly string[]): (index: number) => string {
  const bytes = Buffer.from(names.join('\n'), 'latin1');
  const starts = new Uint32Array(names.length + 1);
  names.forEach((name, i) => {
    starts[i + 1] = (starts[i] as number) + name.length + 1;
  });
  return (index) =>
    JSON.parse(`"${bytes.toString('utf8', starts[index], (starts[index + 1] as number) - 1)}"`) as string;
}

/** Index of the first prefix that is not below `value`. */
function lowerBound(prefixes: Float64Array, value: number): number {
  let low = 0;
  let high = prefixes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((prefixes[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function vendorAt({ bits, prefixes, names }: Blocks, index: number, table: VendorTable): Vendor {
  const first = (prefixes[index] as number) * 2 ** (48 - bits);
  return { name: table.nameAt(names[index] as number), prefix: `${macFromInteger(first)}/${bits}` };
}

/**
 * Whose block a universal address lies in: the smallest that holds it. Undefined for an address of a block that nobody
 * has, and for every local address: nobody's OUI has the U/L bit (18 blocks of before the bit had a meaning are left out).
 */
export function vendorOf(mac: MacAddress): Vendor | undefined {
  if (quadrant(mac) !== 'universal') return undefined;
  const table = vendorTable();
  const value = macToInteger(mac);
  for (const blocks of table.blocks) {
    const prefix = Math.floor(value / 2 ** (48 - blocks.bits));
    const index = lowerBound(blocks.prefixes, prefix);
    if (blocks.prefixes[index] === prefix) return vendorAt(blocks, index, table);
  }
  return undefined;
}

/** Vendors with blocks that a universal range touches, the smallest blocks first; at most `most`. Empty for a local one. */
export function vendorsIn({ first, last }: Pick<MacRange, 'first' | 'last'>, most: number): Vendor[] {
  if (quadrant(macFromInteger(first)) !== 'universal') return [];
  const table = vendorTable();
  const found: Vendor[] = [];
  for (const blocks of table.blocks) {
    const size = 2 ** (48 - blocks.bits);
    const end = Math.floor(last / size);
    let index = lowerBound(blocks.prefixes, Math.floor(first / size));
    while (found.length < most && index < blocks.prefixes.length && (blocks.prefixes[index] as number) <= end) {
      found.push(vendorAt(blocks, index++, table));
    }
  }
  return found;
}

/** A prefix that some software makes its addresses with. Not an assignment: anybody may use the local ones. */
export interface Habit {
  /** `QEMU and KVM` */
  readonly name: string;
  readonly prefix: string;
}

const habits: readonly Habit[] = [
  { name: 'QEMU and KVM', prefix: '52:54:00:00:00:00/24' },
  { name: 'libvirt, the host side of a tap', prefix: 'fe:54:00:00:00:00/24' },
  { name: 'OpenStack', prefix: 'fa:16:3e:00:00:00/24' },
  { name: 'Docker', prefix: '02:42:00:00:00:00/16' },
  { name: 'Kubernetes (CNI), from the IPv4 address', prefix: '0a:58:00:00:00:00/16' },
  { name: 'Google Compute Engine, from the IPv4 address', prefix: '42:01:00:00:00:00/16' },
  { name: 'Xen and Alibaba Cloud', prefix: '00:16:3e:00:00:00/24' },
  { name: 'Incus', prefix: '10:66:6a:00:00:00/24' },
  { name: 'Proxmox VE', prefix: 'bc:24:11:00:00:00/24' },
  { name: 'Hyper-V', prefix: '00:15:5d:00:00:00/24' },
];

/** Which software is known to make addresses like this one. */
export function habitOf(mac: MacAddress): Habit | undefined {
  return habits.find(({ prefix }) => {
    const [base = '', bits] = prefix.split('/');
    return mac.startsWith(base.slice(0, (Number(bits) / 8) * 3));
  });
}

/**
 * What kind of address it is, for people: `local, AAI (RFC 8948), the habit of QEMU and KVM`,
 * `universal, of VMware, Inc. (00:50:56:00:00:00/24)`.
 */
export function describeKind(mac: MacAddress): string {
  const kind = quadrant(mac);
  const habit = habitOf(mac);
  const made = habit ? `, the habit of ${habit.name}` : '';
  if (kind !== 'universal') return `local, ${kind} (RFC 8948)${made}`;
  const vendor = vendorOf(mac);
  return `universal, ${vendor ? `of ${vendor.name} (${vendor.prefix})` : 'of an OUI that nobody has'}${made}`;
}
