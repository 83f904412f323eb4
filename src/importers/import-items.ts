import { createHash } from 'node:crypto';
import type { ImportedNic, ImportItem } from '../model/imported-nic.ts';
import { labelOf } from '../model/label-of.ts';
import { quoteValue } from '../model/quote-value.ts';
import type { ImportedText } from './formats.ts';

export interface ImportOptions {
  /** Owner of all of them, whatever the text says. */
  readonly owner?: string | undefined;
  /** Segment that they are in, whatever the text says: their IP addresses are taken over with them. */
  readonly segment?: string | undefined;
  /** Guest of the NICs for which the text names none. */
  readonly guest?: string | undefined;
}

/** What the API takes of a comment, and of a place in a text. */
const longestComment = 500;
const longestPlace = 255;

/**
 * A label for each name. Names that would be the same as labels (`Web 1` and `web_1`) get eight digits of their SHA-256,
 * so that their order does not matter.
 */
export function labelsOf(names: Iterable<string>, fallback: string): Map<string, string> {
  const wanted = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const label = labelOf(name, fallback);
    const sharing = wanted.get(label);
    if (sharing) sharing.push(name);
    else wanted.set(label, [name]);
  }
  const labels = new Map<string, string>();
  for (const [label, sharing] of wanted) {
    for (const name of sharing) {
      const alone = sharing.length === 1 || name === label;
      labels.set(name, alone ? label : `${label.slice(0, 54)}-${digitsOf(name)}`);
    }
  }
  return labels;
}

const digitsOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);

/**
 * The same card more than once: a bridge or VLAN of a host has the address of its port, and a guest may be listed twice.
 * Different guests with one address stay apart: they are in conflict.
 */
function mergeSame(nics: readonly ImportedNic[], oneMachine: boolean): ImportedNic[] {
  const merged = new Map<string, ImportedNic>();
  nics.forEach((nic, i) => {
    const whose = nic.guest === undefined ? (oneMachine ? '' : `unnamed ${i}`) : `guest ${nic.guest}`;
    const key = `${nic.mac} ${whose}`;
    const before = merged.get(key);
    const both = before && {
      ...before,
      ipv4: [...new Set([...before.ipv4, ...nic.ipv4])],
      ipv6: [...new Set([...before.ipv6, ...nic.ipv6])],
    };
    merged.set(key, both ?? nic);
  });
  return [...merged.values()];
}

/** Indices of NICs that two of a guest have in common go to the first; the others get the next free one. */
class Indices {
  readonly #taken = new Map<string, Set<number>>();
  readonly #next = new Map<string, number>();

  take(guest: string, wanted: number): number {
    const taken = this.#taken.get(guest) ?? new Set();
    this.#taken.set(guest, taken);
    let index = wanted;
    if (taken.has(index)) {
      index = this.#next.get(guest) ?? 0;
      while (taken.has(index)) index += 1;
      this.#next.set(guest, index + 1);
    }
    taken.add(index);
    return index;
  }
}

function commentOf(nic: ImportedNic, format: string): string {
  const { where, guest, network, state, ipv4, ipv6 } = nic;
  const said = [
    ...(guest === undefined ? [] : [`guest ${quoteValue(guest)}`]),
    ...(network === undefined ? [] : [`network ${quoteValue(network)}`]),
    ...(ipv4.length + ipv6.length === 0 ? [] : [[...ipv4, ...ipv6].join(' ')]),
    ...(state === undefined ? [] : [state]),
  ];
  return `imported from ${format}, ${where}${said.length === 0 ? '' : `: ${said.join(', ')}`}`.slice(0, longestComment);
}

/** What the registry is asked to take over: one item for each card, with labels for names. */
export function importItems({ nics, format }: ImportedText, options: ImportOptions = {}): ImportItem[] {
  const named = nics.map((nic) =>
    nic.guest === undefined && options.guest !== undefined ? { ...nic, guest: options.guest } : nic,
  );
  const cards = mergeSame(named, format === 'ip');
  const guests = labelsOf(
    cards.flatMap(({ guest }) => guest ?? []),
    'guest',
  );
  const owners = labelsOf(
    cards.flatMap(({ owner }) => owner ?? []),
    'owner',
  );
  const indices = new Indices();
  return cards.map((nic): ImportItem => {
    const guest = nic.guest === undefined ? undefined : guests.get(nic.guest);
    const owner = options.owner ?? (nic.owner === undefined ? undefined : owners.get(nic.owner));
    const segment = options.segment ?? nic.segment;
    const [ip4] = nic.ipv4;
    const [ip6] = nic.ipv6;
    return {
      where: nic.where.slice(0, longestPlace),
      mac: nic.mac,
      ...(guest === undefined ? {} : { guest, nic: indices.take(guest, nic.nic) }),
      ...(owner === undefined ? {} : { owner }),
      ...(segment === undefined ? {} : { segment }),
      ...(segment === undefined || ip4 === undefined ? {} : { ip4 }),
      ...(segment === undefined || ip6 === undefined ? {} : { ip6 }),
      comment: commentOf(nic, format),
    };
  });
}
