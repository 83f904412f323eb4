import { AppError } from '../../errors/app-error.ts';
import type { DesiredNic, DesiredState } from '../../model/desired-state.ts';
import type { FrameMatch } from '../../model/frame-match.ts';
import { isIpv4, parseIp } from '../../model/ip-address.ts';
import type { MirrorTarget } from '../../model/mirror-target.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { nicId } from '../../model/site.ts';
import { parseSubnet } from '../../model/subnet.ts';
import type { FrameChoice } from './contract.ts';

/** The NIC of that name, plugged in. Throws `not-found`. */
export function nicOf(desired: DesiredState | null, { guest, nic }: FrameChoice): DesiredNic {
  const id = nicId(guest, nic);
  const found = desired?.nics.get(id);
  if (found) return found;
  const near = nearestName(id, desired?.nics.keys() ?? []);
  const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
  throw new AppError('not-found', `there is no NIC ${quoteValue(id)} with a port on this host${hint}`);
}

/** What the choice means for frames. Throws `value-invalid`. */
export function readMatch({ protocol, port, peer, direction }: FrameChoice): FrameMatch {
  if (port !== undefined && protocol !== undefined && protocol !== 'tcp' && protocol !== 'udp') {
    throw new AppError('value-invalid', `protocol "${protocol}" has no ports, so port ${port} cannot be looked for`);
  }
  const text = peer === undefined || peer.includes('/') ? peer : `${peer}/${isIpv4(parseIp(peer)) ? 32 : 128}`;
  const subnet = text === undefined ? undefined : parseSubnet(text);
  const families = { arp: undefined, icmp: 4, icmp6: 6 } as const;
  if (subnet && protocol && protocol in families && families[protocol as keyof typeof families] !== subnet.family) {
    throw new AppError(
      'value-invalid',
      `frames of protocol "${protocol}" have no IPv${subnet.family} address, so ${quoteValue(peer ?? '')} cannot be their peer`,
    );
  }
  return {
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { port }),
    ...(subnet === undefined ? {} : { peer: subnet }),
    ...(direction === undefined ? {} : { direction }),
  };
}

/**
 * Copies must not go where they would harm: by the uplink the provider would see foreign MAC addresses, on a bridge or
 * another guest's port they would be somebody's traffic, and by `lo` the host takes them for its own. Throws `value-invalid`.
 */
export function refuseHarmfulTarget(desired: DesiredState | null, target: MirrorTarget): void {
  if (desired === null || target.kind !== 'interface') return;
  const { name } = target;
  const refuse = (what: string): never => {
    throw new AppError(
      'value-invalid',
      `interface "${name}" is ${what}; expected one that nothing of the site uses, or a collector such as "vxlan://192.0.2.7:4789/42"`,
    );
  };
  if (name === 'lo') refuse("the host's own, and what comes from it is trusted");
  if (desired.uplink.interface === name) refuse('the uplink, on which only its own MAC address may be seen');
  for (const segment of desired.segments.values()) {
    if (segment.bridge === name) refuse(`the bridge of segment "${segment.name}"`);
  }
  for (const nic of desired.nics.values()) if (nic.port === name) refuse(`the port of NIC "${nic.id}"`);
}
