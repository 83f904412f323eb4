/** Intl's formatters are costly to make; a language is seldom changed. */
const made = new Map<string, Intl.NumberFormat>();

function numbers(language: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  let format = made.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(language, options);
    made.set(key, format);
  }
  return format;
}

/** `12,345` */
export function renderCount(count: number, language: string): string {
  return numbers(language).format(count);
}

const sizes = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes in powers of ten, as lines and disks are sold: `1.2 MB`. */
export function renderBytes(bytes: number, language: string): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 999.5 && unit < sizes.length - 1; unit++) value /= 1000;
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${numbers(language, { maximumFractionDigits: digits }).format(value)} ${sizes[unit]}`;
}

/** Bytes a second as bits a second: `1.2 Mbit/s`. */
export function renderRate(bytesPerSecond: number, language: string): string {
  return `${renderBytes(bytesPerSecond * 8, language).replace(/B$/, 'bit')}/s`;
}

/** `12 %`; one decimal below ten. */
export function renderPercent(percent: number, language: string): string {
  const digits = percent > 0 && percent < 10 ? 1 : 0;
  return numbers(language, { style: 'percent', maximumFractionDigits: digits }).format(percent / 100);
}

const spans: readonly [unit: string, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** Seconds in their two largest units: `2 h 5 min`, `3 days`. */
export function renderSeconds(seconds: number, language: string): string {
  const whole = Math.max(0, Math.round(seconds));
  const largest = spans.findIndex(([, size]) => whole >= size);
  const parts: string[] = [];
  let rest = whole;
  for (const [unit, size] of spans.slice(largest < 0 ? spans.length - 1 : largest).slice(0, 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length === 0)
      parts.push(numbers(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count));
  }
  return parts.join(' ');
}

/** `8080`, `20000–20999`. */
export function renderPorts({ first, last }: { readonly first: number; readonly last: number }): string {
  return first === last ? String(first) : `${first}–${last}`;
}

/** An address and port as they are written in a URL (RFC 3986, 3.2.2): `[2001:db8::1]:443`. */
export function renderPlace({ address, port }: { readonly address: string; readonly port?: number }): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
