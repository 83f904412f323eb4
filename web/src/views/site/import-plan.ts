import type { ObjectOrder } from '../../../../src/client/client.ts';
import type { ImportAnswer } from '../../../../src/client/macs.ts';

/** What was read out of a text, as `POST /v1/imports` answers. */
export interface ReadImport {
  readonly format: string;
  readonly items: readonly ImportItem[];
  readonly mistakes: readonly { readonly where: string; readonly message: string }[];
  readonly withoutSegment: number;
}

export interface ImportItem {
  readonly where: string;
  readonly mac: string;
  readonly guest?: string;
  readonly nic?: number;
  readonly owner?: string;
  readonly segment?: string;
  readonly ip4?: string;
  readonly ip6?: string;
}

export type Outcome = 'taken' | 'known' | 'conflict' | 'unreadable' | 'skipped';

/** One line of the report: what becomes of a NIC, or of a part that could not be read. */
export interface ImportRow {
  readonly where: string;
  readonly outcome: Outcome;
  readonly mac?: string;
  readonly nic?: string;
  readonly ip?: string;
  readonly why?: string;
}

const nicOf = ({ guest, nic = 0 }: ImportItem): string | undefined =>
  guest === undefined ? undefined : `${guest}/${nic}`;
const ipOf = ({ ip4, ip6 }: ImportItem): string => [ip4, ip6].filter((ip) => ip !== undefined).join(' ');

function rowOf(item: ImportItem, outcome: Outcome, why?: string): ImportRow {
  const [nic, ip] = [nicOf(item), ipOf(item)];
  return {
    where: item.where,
    mac: item.mac,
    outcome,
    ...(nic === undefined ? {} : { nic }),
    ...(ip === '' ? {} : { ip }),
    ...(why === undefined ? {} : { why }),
  };
}

const unreadable = ({ mistakes }: ReadImport): ImportRow[] =>
  mistakes.map(({ where, message }) => ({ where, outcome: 'unreadable', why: message }));

/** The report on addresses that the registry is to hold. `outcomes` are in the order of the items. */
export function rowsOfLeases(read: ReadImport, outcomes: ImportAnswer['outcomes']): ImportRow[] {
  return [
    ...read.items.flatMap((item, index) => {
      const outcome = outcomes[index];
      return outcome === undefined ? [] : [rowOf(item, outcome.outcome, outcome.conflict)];
    }),
    ...unreadable(read),
  ];
}

/** Whether an IPv4 address lies in a subnet, `10.77.10.0/24`. */
export function isWithin(subnet: string, address: string): boolean {
  const [network = '', length = '32'] = subnet.split('/');
  const numberOf = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(network) / size) === Math.floor(numberOf(address) / size);
}

/** Words for why something is left out. */
export interface GuestWords {
  readonly noGuest: string;
  readonly isThere: string;
  readonly outside: string;
}

/** Guests that would be made of what was read, and what is left out. */
export function guestsOf(
  read: ReadImport,
  segment: { readonly name: string; readonly subnet: string },
  known: ReadonlySet<string>,
  words: GuestWords,
): { readonly orders: ObjectOrder[]; readonly rows: ImportRow[] } {
  const rows: ImportRow[] = [];
  const guests = new Map<string, { owner?: string; nics: { index: number; body: object }[] }>();
  for (const item of read.items) {
    const { guest, nic = 0, mac, owner, ip4 } = item;
    if (guest === undefined) rows.push(rowOf(item, 'skipped', words.noGuest));
    else if (known.has(guest)) rows.push(rowOf(item, 'known', words.isThere));
    else {
      const fits = ip4 !== undefined && isWithin(segment.subnet, ip4);
      rows.push(rowOf(item, 'taken', ip4 !== undefined && !fits ? words.outside : undefined));
      const made = guests.get(guest) ?? { nics: [] };
      if (owner !== undefined) made.owner = owner;
      made.nics.push({ index: nic, body: { segment: segment.name, mac, ...(fits ? { ip: ip4 } : {}) } });
      guests.set(guest, made);
    }
  }
  const orders = [...guests].map(([name, { owner, nics }]): ObjectOrder => {
    const bodies = nics.sort((a, b) => a.index - b.index).map(({ body }) => body);
    return {
      op: 'put',
      kind: 'guest',
      body: { name, ...(owner === undefined ? {} : { owner }), nics: bodies },
    };
  });
  return { orders, rows: [...rows, ...unreadable(read)] };
}
