import { type PortRange, renderPortRange } from '../../model/port-range.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { type Forward, forwardId } from '../../model/site.ts';
import type { SharedPortRange } from '../shared-ports/contract.ts';
import { taken, tellTenant } from './blind-failures.ts';
import type { OwnSite } from './own-site.ts';

/** The first port that is nobody's privilege. */
const firstPort = 1024;

const holds = (outer: PortRange, inner: PortRange): boolean => outer.first <= inner.first && inner.last <= outer.last;

/** Refuses a forward that leads elsewhere than to the owner's guests, or whose ports are not for it. */
export function checkForward(
  forward: Forward,
  owner: string,
  own: OwnSite,
  /** Guests that the same change makes. */
  made: ReadonlySet<string>,
): void {
  const id = quoteValue(forwardId(forward));
  const { guest } = forward.to;
  if (!own.guests.has(guest) && !made.has(guest))
    throw tellTenant('not-found', `forward ${id} leads to guest ${quoteValue(guest)}; there is no such guest of yours`);
  if (own.forwards.has(forwardId(forward))) return;
  if (own.entry === undefined)
    throw tellTenant(
      'forbidden',
      `owner ${quoteValue(owner)} is not in \`owners\` of the site, so its tenant cannot add forwards`,
    );
  const allowed = own.entry.ports ?? [{ first: firstPort, last: 65_535 }];
  if (allowed.some((range) => holds(range, forward.ports))) return;
  const expected = allowed.map(renderPortRange).join(', ');
  throw tellTenant(
    'forbidden',
    `forward ${id} is not of ports that owner ${quoteValue(owner)} may publish; expected ports of ${expected}`,
  );
}

/**
 * Refuses ports that somebody has: another forward, a guest's block, a process of the host. What has them is not said.
 * `chosen`: the site names the ports that the owner may publish, so the host's own flows do not matter.
 */
export function checkFree(
  { protocol, ports }: Forward,
  owner: string,
  ranges: readonly SharedPortRange[],
  chosen: boolean,
): void {
  for (const range of ranges) {
    if (range.last < ports.first || range.first > ports.last) continue;
    if (range.protocol !== undefined && range.protocol !== protocol) continue;
    if (range.owner === owner || (range.kind === 'host' && chosen)) continue;
    throw taken();
  }
}
