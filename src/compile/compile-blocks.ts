import { AppError } from '../errors/app-error.ts';
import type { Assignments, GuestAssignment } from '../model/assignments.ts';
import type { DesiredBlock, DesiredNic, DesiredSameAddress } from '../model/desired-state.ts';
import type { PortRange } from '../model/port-range.ts';
import { type Guest, nicId, type Site } from '../model/site.ts';
import { memoized, rememberLast, rememberMap } from './memo.ts';

type Further = { readonly more?: readonly PortRange[]; readonly closing?: readonly PortRange[] };

/** Further blocks that take new flows, and those that do not any more. */
function furtherBlocks({ more: all = [] }: GuestAssignment): Further {
  const more = all.filter(({ closing }) => !closing);
  const closing = all.filter((block) => block.closing);
  return { ...(more.length > 0 ? { more } : {}), ...(closing.length > 0 ? { closing } : {}) };
}

const compileBlock = memoized((guest: Guest, assignment: GuestAssignment, ...nics: DesiredNic[]): DesiredBlock => {
  const translated = nics.filter((nic) => nic.share === 'nat');
  return {
    guest: guest.name,
    ports: { first: assignment.first, last: assignment.last },
    ...furtherBlocks(assignment),
    ...(guest.nat?.mapping === 'address-and-port-dependent' ? { mapping: guest.nat.mapping } : {}),
    ...(guest.nat?.filtering === 'endpoint-independent' ? { filtering: guest.nat.filtering } : {}),
    inner4: translated.map((nic) => nic.ipv4),
    // IPv6 of a same-address guest is translated like everybody's: only its IPv4 address is shared as it is.
    inner6: nics.flatMap((nic) => (nic.ipv6 ? [nic.ipv6] : [])),
  };
});

const compileShare = memoized((guest: Guest, assignment: GuestAssignment, nic: DesiredNic): DesiredSameAddress => {
  if (assignment.shareId === undefined) {
    throw new AppError('internal', `same-address guest "${guest.name}" has no share id`);
  }
  const { more } = furtherBlocks(assignment);
  return {
    guest: guest.name,
    shareId: assignment.shareId,
    bridge: nic.bridge,
    port: nic.port,
    mac: nic.mac,
    ...(nic.also ? { also: nic.also } : {}),
    nextHop: nic.ipv4,
    ports: guest.ports,
    block: { first: assignment.first, last: assignment.last },
    ...(more ? { moreBlocks: more } : {}),
    ...(guest.limits ? { limits: guest.limits } : {}),
  };
});

const rememberBlocks = rememberMap<DesiredBlock>();
const rememberShares = rememberMap<DesiredSameAddress>();

type Nics = ReadonlyMap<string, DesiredNic>;
type Blocks = { blocks: ReadonlyMap<string, DesiredBlock>; sameAddress: ReadonlyMap<string, DesiredSameAddress> };

const compileAll = rememberLast(
  (guests: readonly Guest[], nics: Nics, plugged: Nics, assignments: Assignments['guests']): Blocks => {
    const blocks = new Map<string, DesiredBlock>();
    const sameAddress = new Map<string, DesiredSameAddress>();
    for (const guest of guests) {
      const own = guest.nics.map((_, index) => nics.get(nicId(guest.name, index)) as DesiredNic);
      if (own.length === 0) continue;
      const assignment = assignments.get(guest.name);
      if (!assignment) throw new AppError('internal', `guest "${guest.name}" has no port block`);
      blocks.set(guest.name, compileBlock(guest, assignment, ...own));
      if (guest.share !== 'same-address' || !plugged.has(nicId(guest.name, 0))) continue;
      sameAddress.set(guest.name, compileShare(guest, assignment, own[0]));
    }
    return { blocks: rememberBlocks(blocks), sameAddress: rememberShares(sameAddress) };
  },
);

/** Port blocks by guest, and what same-address guests need besides. `plugged` are the NICs that have a port. */
export function compileBlocks(site: Site, nics: Nics, plugged: Nics, assignments: Assignments): Blocks {
  return compileAll(site.guests, nics, plugged, assignments.guests);
}
