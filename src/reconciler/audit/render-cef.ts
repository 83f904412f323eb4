import { isIPv4, isIPv6 } from 'node:net';
import type { JournalRecord } from '../../model/journal/journal-record.ts';

/** Longest values of the fields (CEF implementation standard, extension dictionary). */
const longest = { name: 512, msg: 1023, cs: 4000, suser: 1023, externalId: 40 };

/** 0 to 10; what somebody should look at has more than 6. */
const severities: Readonly<Record<string, number>> = {
  'journal-broken': 10,
  conflict: 7,
  erase: 6,
  'forget-period': 6,
  drift: 5,
  clock: 5,
  rollback: 4,
  repair: 4,
};

/** Fields of the header: a backslash and the pipe that ends them are escaped; there is no way to write a line break. */
function renderHeader(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\|]/g, '\\$&');
}

/** Values of the extension: backslash and equals sign are escaped, a line break is `\n`. */
function renderValue(text: string): string {
  return text.replace(/[\\=]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');
}

/** Cuts between code points, so that no half of one is left. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${[...text.slice(0, length - 1)].join('')}…`.replace(/[\ud800-\udbff]…$/, '…');
}

/** Where it was done from: an address in the field of its family, anything else as a text of our own. */
function originFields(origin: string): [string, string][] {
  if (isIPv4(origin)) return [['src', origin]];
  if (isIPv6(origin)) {
    return [
      ['c6a2', origin],
      ['c6a2Label', 'Source IPv6 Address'],
    ];
  }
  return custom(1, 'from', origin);
}

function custom(number: number, label: string, value: string | null): [string, string][] {
  if (value === null) return [];
  return [
    [`cs${number}`, cut(value, longest.cs)],
    [`cs${number}Label`, label],
  ];
}

/**
 * One line of ArcSight's Common Event Format, version 0, without a syslog header. The kind is the signature, the text
 * the name and the message, the entry's hash is `cs6`.
 */
export function renderCef(version: string): (record: JournalRecord) => string {
  return ({ id, at, kind, who, origin, text, before, after, owners, hash }) => {
    const said = text ?? '(erased)';
    const header = ['CEF:0', 'Bridgekeeper', 'Bridgekeeper', version, kind, cut(said, longest.name)].map(
      (field, place) => (place === 0 ? field : renderHeader(field)),
    );
    const fields: [string, string][] = [
      ['rt', String(at)],
      ['externalId', String(id)],
      ['suser', cut(who, longest.suser)],
      ...originFields(origin),
      ['msg', cut(said, longest.msg)],
      ...custom(2, 'before', before),
      ...custom(3, 'after', after),
      ...custom(4, 'owners', owners),
      ...custom(6, 'hash', hash),
    ];
    const extension = fields.map(([key, value]) => `${key}=${renderValue(value)}`).join(' ');
    return `${header.join('|')}|${severities[kind] ?? 3}|${extension}\n`;
  };
}
