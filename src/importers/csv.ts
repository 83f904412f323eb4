import { AppError } from '../errors/app-error.ts';
import { quoteValue } from '../model/quote-value.ts';
import { Collected, type Imported, NicCounter } from './collected.ts';
import { headingOf, plainHeading, readRows, separatorOf } from './csv-rows.ts';

/** What a column can be, and the headings that say so (without spaces, hyphens and case). */
const headings = {
  mac: [
    'mac',
    'macaddress',
    'primarymac',
    'primarymacaddress',
    'hwaddr',
    'hwaddress',
    'hardwareaddress',
    'physicaladdress',
    'ethernetaddress',
    'lladdr',
  ],
  guest: [
    'guest',
    'vm',
    'vmname',
    'virtualmachine',
    'instance',
    'container',
    'machine',
    'device',
    'server',
    'host',
    'hostname',
    'parent',
    'node',
    'name',
  ],
  nic: ['nic', 'nicindex', 'index', 'interfaceindex'],
  addresses: [
    'ip',
    'ips',
    'ipaddress',
    'ipaddresses',
    'ipv4',
    'ipv4address',
    'ip4',
    'ipv6',
    'ipv6address',
    'ip6',
    'address',
    'addresses',
    'primaryip',
  ],
  segment: ['segment'],
  network: ['network', 'bridge', 'vlan', 'untaggedvlan', 'switch', 'switchname', 'subnet', 'portgroup'],
  owner: ['owner', 'tenant', 'project', 'customer', 'account'],
  state: ['state', 'status'],
} as const satisfies Record<string, readonly string[]>;

type Column = keyof typeof headings;

/** Columns by what they are; addresses may stand in several. */
type Columns = ReadonlyMap<Column, readonly number[]>;

/** Which column is what. A kind that has several headings takes the first of its list, IP addresses all of them. */
function columnsOf(row: readonly string[]): Columns {
  const names = row.map(plainHeading);
  const columns = new Map<Column, number[]>();
  for (const [column, known] of Object.entries(headings) as [Column, readonly string[]][]) {
    const found = known.flatMap((name) => names.flatMap((seen, i) => (seen === name ? [i] : [])));
    if (found.length > 0) columns.set(column, column === 'addresses' ? found : found.slice(0, 1));
  }
  return columns;
}

const headingRow = (text: string): string[] => {
  const heading = headingOf(text);
  return heading.split(separatorOf(heading)).map((cell) => cell.trim().replace(/^"|"$/g, ''));
};

export const looksLikeCsv = (text: string): boolean => columnsOf(headingRow(text)).has('mac');

/** Tables that NetBox exports: interfaces of devices and of virtual machines, and MAC addresses (since NetBox 4.2). */
export function looksLikeNetbox(text: string): boolean {
  const names = new Set(headingRow(text).map(plainHeading));
  if (!columnsOf(headingRow(text)).has('mac')) return false;
  if (names.has('assignedobject')) return true;
  return (names.has('device') || names.has('virtualmachine')) && names.has('name');
}

/**
 * Reads CSV with a heading: columns in any order, with any of the usual separators. One column says the MAC address. In
 * an inventory such as NetBox rows without one are usual: ports, and interfaces that are only planned.
 */
export function parseCsv(text: string, inventory = false): Imported {
  const found = new Collected();
  const rows = readRows(text, separatorOf(headingOf(text)), (line, reason) =>
    found.refuse(`line ${line}`, `The row is no CSV: ${reason}.`),
  );
  const heading: readonly string[] = rows.next().value?.cells ?? [];
  const columns = columnsOf(heading);
  if (!columns.has('mac')) {
    const seen = heading.slice(0, 20).map((cell) => quoteValue(cell));
    throw new AppError(
      'import-unreadable',
      `The first row has no column for the MAC address: seen ${seen.join(', ') || 'nothing'}; expected a heading such as "mac" or "MAC Address".`,
    );
  }
  const counter = new NicCounter();
  for (const { line, cells: row } of rows) {
    const cells = (column: Column): string[] =>
      (columns.get(column) ?? []).flatMap((i) => {
        const cell = row[i]?.trim() ?? '';
        // NetBox writes a dash for nothing.
        return cell === '' || cell === '—' || cell === '-' ? [] : [cell];
      });
    const [mac] = cells('mac');
    if (mac === undefined && (inventory || row.every((cell) => cell.trim() === ''))) continue;
    const [guest] = cells('guest');
    const [nic] = cells('nic');
    found.add({
      where: `line ${line}`,
      mac,
      guest,
      nic: nic !== undefined && /^\d{1,4}$/.test(nic) ? Number(nic) : counter.next(guest),
      addresses: cells('addresses').flatMap((cell) => cell.split(/[\s,;|]+/)),
      network: cells('network')[0],
      segment: cells('segment')[0],
      owner: cells('owner')[0],
      state: cells('state')[0],
    });
  }
  return found;
}
