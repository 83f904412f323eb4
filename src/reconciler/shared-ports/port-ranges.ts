import { type Assignments, blocksOf } from '../../model/assignments.ts';
import { forwardId, type Site, type Uplink } from '../../model/site.ts';
import type { HeldSince } from '../../registry/holders/holders.ts';
import type { HostPorts } from '../host-ports.ts';
import type { SharedPortRange } from './contract.ts';

const sinceOf = (since: number | undefined): { since?: number } => (since === undefined ? {} : { since });
const ownerOf = (owner: string | undefined): { owner?: string } => (owner === undefined ? {} : { owner });

/** Ports that guests of the site have: by forwards, as same-address guests, as their blocks. */
export function siteRanges(site: Site, assignments: Assignments, held: HeldSince): SharedPortRange[] {
  const owners = new Map<string, string | undefined>(site.guests.map(({ name, owner }) => [name, owner]));
  const blockSince = new Map(held.blocks.map((block) => [`${block.guest} ${block.first}-${block.last}`, block.since]));
  const portSince = new Map(held.sameAddress.map((port) => [`${port.guest} ${port.first}-${port.last}`, port.since]));
  const forwards = site.forwards.map((forward): SharedPortRange => {
    const { protocol, ports, to } = forward;
    const name = forwardId(forward);
    const target = { guest: to.guest, nic: to.nic, to: to.first, ...ownerOf(owners.get(to.guest)) };
    return { ...ports, kind: 'forward', protocol, name, ...target, ...sinceOf(held.forwards.get(name)) };
  });
  const sameAddress = site.guests.flatMap(({ name: guest, owner, share, ports }) =>
    share !== 'same-address'
      ? []
      : ports.map(({ first, last }): SharedPortRange => {
          const since = sinceOf(portSince.get(`${guest} ${first}-${last}`));
          return { first, last, kind: 'same-address', guest, ...ownerOf(owner), ...since };
        }),
  );
  const blocks = [...assignments.guests.values()].flatMap((guest) =>
    blocksOf(guest).map(({ first, last, closing }): SharedPortRange => {
      const since = sinceOf(blockSince.get(`${guest.guest} ${first}-${last}`));
      const owner = ownerOf(owners.get(guest.guest));
      return { first, last, kind: 'block', guest: guest.guest, ...owner, ...(closing ? { closing } : {}), ...since };
    }),
  );
  return [...forwards, ...sameAddress, ...blocks];
}

/** Ports that the host itself uses: the source ports of its flows, and what it listens on at the shared address. */
export function hostRanges({ ephemeral, listening }: HostPorts, { ipv4, ipv6 }: Uplink): SharedPortRange[] {
  const reached = new Set<string>(['0.0.0.0', '::', ipv4, ...(ipv6 === undefined ? [] : [ipv6])]);
  const sockets = new Map<string, SharedPortRange>();
  for (const { protocol, address, port, process } of listening) {
    if (!reached.has(address)) continue;
    const name = process === undefined ? {} : { name: process };
    // The same service often has a socket for IPv4 and one for IPv6.
    sockets.set(`${protocol}/${port}`, { first: port, last: port, kind: 'listening', protocol, ...name });
  }
  return [{ first: ephemeral.first, last: ephemeral.last, kind: 'host' }, ...sockets.values()];
}
