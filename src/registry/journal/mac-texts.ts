const pair = '[0-9a-f]{2}';
/** Six pairs with one separator; no part of a longer row of groups (an IPv6 address), and no prefix of a pool. */
const pairs = (separator: string): string =>
  `(?<![0-9a-f])(?<!(?:^|[^0-9a-z])[0-9a-f]{1,4}${separator})${pair}(?:${separator}${pair}){5}(?![0-9a-f]|${separator}[0-9a-f]|/(?:[1-3]?\\d|4[0-7])(?!\\d))`;
/** Cisco's form: `021a.3f00.1001`. */
const dotted = '(?<![0-9a-z.])[0-9a-f]{4}\\.[0-9a-f]{4}\\.[0-9a-f]{4}(?![0-9a-z.])';

const macText = new RegExp(`${pairs(':')}|${pairs('-')}|${dotted}`, 'gi');
const aliasText = /mac-[0-9a-f]{16}/g;

/** Replaces every MAC address in a text, in whatever form it is written, by what `name` makes of it. */
export function replaceMacs(text: string, name: (mac: number) => string): string {
  return text.replace(macText, (found) => name(Number.parseInt(found.replace(/[^0-9a-f]/gi, ''), 16)));
}

/** Every pseudonym in a text. */
export function aliasesIn(text: string): string[] {
  return text.match(aliasText) ?? [];
}

/** Replaces the pseudonyms in a text that `name` knows. */
export function replaceAliases(text: string, name: (alias: string) => string | undefined): string {
  return text.replace(aliasText, (alias) => name(alias) ?? alias);
}
