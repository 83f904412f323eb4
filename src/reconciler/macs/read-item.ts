import { AppError } from '../../errors/app-error.ts';
import { reasonAgainst4, reasonAgainst6, reasonAgainstMac } from '../../model/check-site/check-nics.ts';
import { parseIpv4, parseIpv6 } from '../../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../model/mac-address.ts';
import { type Label, parseLabel } from '../../model/names.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { Segment } from '../../model/site.ts';

/** A name of the kind `what` that is no label is `value-invalid`, in the words of the kind. */
export function readLabel(what: string, text: string): Label {
  try {
    return parseLabel(text);
  } catch (cause) {
    throw new AppError(
      'value-invalid',
      `${what} ${quoteValue(text)} is no label: expected 1 to 63 lower-case letters, digits and hyphens, no hyphen first or last`,
      { cause },
    );
  }
}

/** A MAC address that a NIC can have. Throws `value-invalid`. */
export function readUnicast(text: string): MacAddress {
  const mac = parseMacAddress(text);
  const reason = reasonAgainstMac(mac);
  if (reason === undefined) return mac;
  throw new AppError('value-invalid', `MAC address "${mac}" ${reason}; expected a unicast address`);
}

/** Throws `not-found` that names the nearest of the names there are. */
export function unknownName(what: string, name: string, names: readonly string[]): AppError {
  const near = nearestName(name, names);
  const known =
    names.length === 0 ? `there is no ${what} at all` : `there ${names.length === 1 ? 'is' : 'are'} ${some(names)}`;
  const hint = near === undefined ? known : `did you mean "${near}"?`;
  return new AppError('not-found', `There is no ${what} ${quoteValue(name)}; ${hint}`);
}

function some(names: readonly string[]): string {
  const known = names.slice(0, 5).map((name) => `"${name}"`);
  const last = names.length > 5 ? `${names.length - 5} more` : known.pop();
  return known.length === 0 ? `${last}` : `${known.join(', ')} and ${last}`;
}

/** IP addresses that a NIC in the segment can have. Throws `value-invalid`. */
export function readAddresses(
  item: { readonly ip4?: string; readonly ip6?: string },
  segment: Segment | undefined,
): { ipv4?: string; ipv6?: string } {
  const { ip4, ip6 } = item;
  if (ip4 === undefined && ip6 === undefined) return {};
  if (segment === undefined) {
    throw new AppError(
      'value-invalid',
      `Address ${quoteValue(ip4 ?? ip6)} belongs to no segment; expected a segment beside it, since IP addresses are unique within their segment`,
    );
  }
  const ipv4 = ip4 === undefined ? undefined : parseIpv4(ip4);
  const ipv6 = ip6 === undefined ? undefined : parseIpv6(ip6);
  const wrong4 = ipv4 && reasonAgainst4(ipv4, segment);
  const wrong6 = ipv6 && reasonAgainst6(ipv6, segment);
  if (wrong4) {
    throw new AppError(
      'value-invalid',
      `Address "${ipv4}" ${wrong4}; expected a free address of segment "${segment.name}"`,
    );
  }
  if (wrong6) {
    throw new AppError(
      'value-invalid',
      `Address "${ipv6}" ${wrong6}; expected a free address of segment "${segment.name}"`,
    );
  }
  return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}
