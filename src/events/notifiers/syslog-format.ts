/** Where alerts and the journal stand among syslog's facilities (RFC 5424, 6.2.1). */
const facilities = { daemon: 3, audit: 13 } as const;

/** RFC 5424, 6.2.1. */
export const syslogSeverities = { critical: 2, warning: 4, notice: 5, info: 6 } as const;

export interface SyslogEntry {
  readonly facility: keyof typeof facilities;
  readonly severity: keyof typeof syslogSeverities;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly host: string;
  /** What kind of message it is, in one word. */
  readonly type: string;
  /** Structured data: name of the element (without the number behind it), and its values; undefined ones are left out. */
  readonly element: string;
  readonly values: Readonly<Record<string, string | number | undefined>>;
  readonly text: string;
}

/**
 * Number of an enterprise behind the name of structured data. Bridgekeeper has none of its own, so it is the one for
 * documents (RFC 5612), which stands in the examples of RFC 5424 as well.
 */
const enterprise = 32473;

/** Printable US-ASCII without what ends a name; `-` is none. */
function word(text: string, longest: number): string {
  return text.replace(/[^\x21-\x7e]/g, '_').slice(0, longest) || '-';
}

/** RFC 5424, 6.3.3: these three are escaped, and nothing else. */
const escapeValue = (text: string): string => oneLineOf(text).replace(/["\\\]]/g, '\\$&');

/** No receiver sees a second message in one: line ends and control characters become spaces. */
const oneLineOf = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

/** Cuts text to bytes of UTF-8, between characters. */
function cutBytes(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  let end = Math.max(0, bytes);
  while (end > 0 && ((buffer[end] as number) & 0xc0) === 0x80) end--;
  return buffer.toString('utf8', 0, end);
}

/**
 * One message of RFC 5424, of `most` bytes at most: its text is cut, its head never. Text that is not plain ASCII begins
 * with a byte order mark, as the RFC has it.
 */
export function renderSyslog(entry: SyslogEntry, most: number): string {
  const { facility, severity, at, host, type, element, values, text } = entry;
  const priority = facilities[facility] * 8 + syslogSeverities[severity];
  const said = Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => ` ${name}="${escapeValue(cutBytes(String(value), 500))}"`);
  const head = [
    `<${priority}>1`,
    new Date(at).toISOString(),
    word(host, 255),
    'bridgekeeper',
    String(process.pid),
    word(type, 32),
    `[${element}@${enterprise}${said.join('')}]`,
  ].join(' ');
  const clean = oneLineOf(text).trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what RFC 5424 asks about.
  const message = /^[\x00-\x7f]*$/.test(clean) ? clean : `\ufeff${clean}`;
  return `${head} ${cutBytes(message, most - Buffer.byteLength(head) - 1)}`;
}
