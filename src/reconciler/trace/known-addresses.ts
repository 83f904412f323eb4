import { AppError } from '../../errors/app-error.ts';
import { sameAddressGateway } from '../../model/same-address.ts';
import type { Site } from '../../model/site.ts';
import { gateway6Of, gatewayOf, subnetHolds } from '../../model/subnet.ts';
import { type HeldBetween, overlaps } from '../../registry/holders/holders.ts';
import type { Asked } from './read-question.ts';

/** What the address of a question is. */
export interface KnownAddress {
  /** One that guests share, at that time or now. */
  readonly isShared: boolean;
  /** It was the shared one, or inner, at that time. */
  readonly ours: boolean;
  /** Addresses of the host at that time: shared ones and gateways. */
  readonly host: ReadonlySet<string>;
}

/** Throws `value-invalid` for an address that has nothing to do with the site, and names the shared one. */
export async function knowAddress(asked: Asked, site: Site | undefined, held: HeldBetween): Promise<KnownAddress> {
  const { uplink, segments = [] } = site ?? {};
  const spans = (await held.shared()).filter((span) => overlaps(span, asked.from, asked.to));
  const then = spans.flatMap(({ ipv4, ipv6 }) => [ipv4, ...(ipv6 === undefined ? [] : [ipv6])]);
  const now = [uplink?.ipv4, uplink?.ipv6].filter((address) => address !== undefined);
  const gateways = segments.flatMap(({ subnet, subnet6 }) => [
    gatewayOf(subnet),
    ...(subnet6 ? [gateway6Of(subnet6)] : []),
  ]);
  const host = new Set<string>([sameAddressGateway, ...then, ...gateways]);
  if (then.includes(asked.address)) return { isShared: true, ours: true, host };
  if (now.includes(asked.address as (typeof now)[number])) return { isShared: true, ours: false, host };
  const inner = segments.some(({ subnet, subnet6 }) =>
    [subnet, subnet6].some((one) => one !== undefined && subnetHolds(one, asked.address)),
  );
  if (inner || (await held.nicsWith(asked.address)).length > 0) return { isShared: false, ours: true, host };
  const known = [...new Set(then.length > 0 ? then : now)].map((address) => `"${address}"`).join(' and ');
  const expected = `the shared address ${known}, or an inner address of a segment`;
  throw new AppError(
    'value-invalid',
    `address "${asked.address}" is none of this site's; expected ${known === '' ? 'an inner address: the site shares none' : expected}`,
  );
}
