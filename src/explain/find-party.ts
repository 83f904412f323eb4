import { AppError } from '../errors/app-error.ts';
import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { FlowParty } from '../model/explanation.ts';
import { nearestName } from '../model/nearest-name.ts';
import { quoteValue } from '../model/quote-value.ts';
import { nicId } from '../model/site.ts';
import { subnetHolds } from '../model/subnet.ts';
import { anyWorldAddress } from './addresses.ts';
import type { EndText } from './parse-end.ts';

/** Who an end is; its NIC where it has one. */
interface Found {
  readonly party: FlowParty;
  readonly nic?: DesiredNic;
}

function guestNic(desired: DesiredState, guest: string, index: number): DesiredNic {
  const nic = desired.nics.get(nicId(guest, index));
  if (nic) return nic;
  const own = [...desired.nics.values()].filter((other) => other.guest === guest).map(({ id }) => `"${id}"`);
  if (own.length > 0) {
    throw new AppError('not-found', `guest "${guest}" has no NIC ${index} that is attached; it has ${own.join(', ')}`);
  }
  if (desired.blocks.has(guest)) {
    throw new AppError(
      'not-found',
      `NIC "${nicId(guest, index)}" has no port, so it sends and gets nothing; \`bridgekeeper attach\` gives it one`,
    );
  }
  const near = nearestName(guest, [...desired.blocks.keys(), 'world', 'host']);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new AppError('not-found', `there is no guest ${quoteValue(guest)} in this site${hint}`);
}

function partyOfNic(desired: DesiredState, nic: DesiredNic, family: 4 | 6, port: number | undefined): Found {
  const address = family === 6 ? nic.ipv6 : nic.share === 'same-address' ? desired.uplink.ipv4 : nic.ipv4;
  if (address === undefined) {
    throw new AppError('not-found', `NIC "${nic.id}" has no IPv6 address: segment "${nic.segment}" has no subnet6`);
  }
  return { party: { kind: 'NIC', name: nic.id, address, ...(port === undefined ? {} : { port }) }, nic };
}

function sharedAddress(desired: DesiredState, family: 4 | 6): string {
  const address = family === 4 ? desired.uplink.ipv4 : desired.uplink.ipv6;
  if (address !== undefined) return address;
  throw new AppError('not-found', 'this site shares no IPv6 address, so the host has none that guests and world use');
}

/** Whose an address is: a NIC's, the host's (shared address, gateways), or the world's. */
function partyOfAddress(desired: DesiredState, end: EndText & { kind: 'address' }): Found {
  const { address, port } = end;
  const at = port === undefined ? { address } : { address, port };
  const { ipv4, ipv6 } = desired.uplink;
  const segments = [...desired.segments.values()];
  const gateways = segments.flatMap(({ gateway, gateway6 }) => [gateway, gateway6]) as string[];
  if (address === ipv4 || address === ipv6 || gateways.includes(address)) {
    return { party: { kind: 'host', name: 'host', ...at } };
  }
  for (const nic of desired.nics.values()) {
    if (nic.ipv4 === address && nic.share === 'same-address') {
      throw new AppError(
        'not-found',
        `address "${address}" only stands for NIC "${nic.id}" in the host's routes; the guest has ${ipv4} itself`,
      );
    }
    if (nic.ipv4 === address || nic.ipv6 === address) {
      return { party: { kind: 'NIC', name: nic.id, ...at }, nic };
    }
  }
  const inside = segments.find(
    ({ subnet, subnet6 }) => subnetHolds(subnet, address) || (subnet6 !== undefined && subnetHolds(subnet6, address)),
  );
  if (inside) {
    const detached = [...desired.blocks.values()].find(({ inner4, inner6 }) =>
      [...inner4, ...inner6].some((own) => own === address),
    );
    if (detached) {
      throw new AppError('not-found', `address "${address}" is of guest "${detached.guest}", whose NIC has no port`);
    }
    throw new AppError(
      'not-found',
      `address "${address}" is in segment "${inside.name}" and belongs to nobody there; \`bridgekeeper leases\` shows who has which`,
    );
  }
  return { party: { kind: 'world', name: 'world', ...at } };
}

/** Looks one end up. Throws `not-found` for names and addresses that are nobody's. */
export function findParty(desired: DesiredState, end: EndText, family: 4 | 6): Found {
  const port = end.port === undefined ? {} : { port: end.port };
  switch (end.kind) {
    case 'guest':
      return partyOfNic(desired, guestNic(desired, end.guest, end.nic), family, end.port);
    case 'host':
      return { party: { kind: 'host', name: 'host', address: sharedAddress(desired, family), ...port } };
    case 'world':
      return {
        party: { kind: 'world', name: 'world', address: anyWorldAddress(desired, family), anyAddress: true, ...port },
      };
    default:
      return partyOfAddress(desired, end);
  }
}
