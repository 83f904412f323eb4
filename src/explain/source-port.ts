import type { DesiredState } from '../model/desired-state.ts';
import { type PortRange, renderPortRange } from '../model/port-range.ts';
import { inRange } from './published.ts';
import type { Trail } from './trail.ts';

const render = (ranges: readonly PortRange[]): string => ranges.map(renderPortRange).join(', ');

/**
 * Source address and port that a guest's flow gets: the shared address, and a port out of the guest's block. For ICMP
 * the identifier of an echo request takes the place of the port. Answers how it is seen.
 */
export function translateGuestSource(desired: DesiredState, trail: Trail, guest: string): string {
  const { family, protocol, sender, from } = trail.flow;
  const shared = family === 4 ? desired.uplink.ipv4 : (desired.uplink.ipv6 as string);
  const hasPorts = protocol !== 'icmp';
  const share =
    hasPorts && family === 4 && sender?.share === 'same-address' ? desired.sameAddress.get(guest) : undefined;
  if (share?.ports.some((ports) => inRange(ports, from.port))) {
    trail.note(
      'source',
      `${from.port} is a port of ${guest} itself: it leaves as it is, as ${shared} port ${from.port}`,
      { kind: 'guest', name: guest },
    );
    return `${shared} port ${from.port}`;
  }
  const block = desired.blocks.get(guest);
  if (!block) return from.address;
  const ports = render([block.ports, ...(block.more ?? [])]);
  const what = hasPorts ? 'port' : 'identifier';
  const others =
    share && from.port === undefined ? `; from its own ports ${render(share.ports)} it would leave as it is` : '';
  const each = block.mapping === undefined || !hasPorts ? '' : ', another for each session';
  const text = `source becomes ${shared} and ${hasPorts ? 'a port' : 'an identifier'} of ${guest}'s port block ${ports}`;
  trail.note('source', `${text}${each}${others}`, { kind: 'port block', name: guest });
  trail.translateSource({ address: shared, ports });
  return `${shared}, ${what} ${ports}`;
}
