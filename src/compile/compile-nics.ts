import { AppError } from '../errors/app-error.ts';
import type { Assignments, NicAssignment } from '../model/assignments.ts';
import { defaultPortName } from '../model/default-names.ts';
import type { DesiredNic, DesiredSegment } from '../model/desired-state.ts';
import { linkLocal } from '../model/ip-address.ts';
import { type Guest, type Nic, nicId, type Site, type Uplink } from '../model/site.ts';
import { memoized, rememberLast, rememberMap } from './memo.ts';

const compileNic = memoized(
  (
    nic: Nic,
    assignment: NicAssignment,
    guest: Guest,
    index: number,
    segment: DesiredSegment,
    uplink: Uplink,
  ): DesiredNic => ({
    id: nicId(guest.name, index),
    guest: guest.name,
    index,
    segment: segment.name,
    bridge: segment.bridge,
    port: nic.port ?? defaultPortName(guest.name, index),
    mac: assignment.mac,
    ...(assignment.also ? { also: assignment.also.mac } : {}),
    ipv4: assignment.ipv4,
    ...(assignment.ipv6 ? { ipv6: assignment.ipv6 } : {}),
    // A same-address guest speaks as the shared address and as nothing else.
    sources4: [guest.share === 'same-address' ? uplink.ipv4 : assignment.ipv4],
    sources6: [
      linkLocal(assignment.mac),
      // A running guest may keep the link-local address of the MAC address that it had before.
      ...(assignment.also ? [linkLocal(assignment.also.mac)] : []),
      ...(assignment.ipv6 ? [assignment.ipv6] : []),
    ],
    share: guest.share,
    ...(guest.limits ? { limits: guest.limits } : {}),
  }),
);

const rememberAll = rememberMap<DesiredNic>();
const rememberPlugged = rememberMap<DesiredNic>();

const compileAll = rememberLast(
  (
    guests: readonly Guest[],
    uplink: Uplink,
    segments: ReadonlyMap<string, DesiredSegment>,
    assignments: Assignments['nics'],
  ): ReadonlyMap<string, DesiredNic> => {
    const nics = new Map<string, DesiredNic>();
    for (const guest of guests) {
      for (const [index, nic] of guest.nics.entries()) {
        const id = nicId(guest.name, index);
        const assignment = assignments.get(id);
        const segment = segments.get(nic.segment);
        if (!assignment || !segment) {
          throw new AppError('internal', `NIC "${id}" has no lease or no segment, so it cannot be compiled`);
        }
        nics.set(id, compileNic(nic, assignment, guest, index, segment, uplink));
      }
    }
    return rememberAll(nics);
  },
);

export function compileNics(
  site: Site,
  uplink: Uplink,
  segments: ReadonlyMap<string, DesiredSegment>,
  assignments: Assignments,
): ReadonlyMap<string, DesiredNic> {
  return compileAll(site.guests, uplink, segments, assignments.nics);
}

/** NICs that have a port. A detached one keeps its addresses, so that forwards and blocks stay as they are. */
export function pluggedNics(site: Site, nics: ReadonlyMap<string, DesiredNic>): ReadonlyMap<string, DesiredNic> {
  const detached = site.guests.flatMap((guest) =>
    guest.nics.flatMap((nic, index) => (nic.detached ? [nicId(guest.name, index)] : [])),
  );
  if (detached.length === 0) return nics;
  const plugged = new Map(nics);
  for (const id of detached) plugged.delete(id);
  return rememberPlugged(plugged);
}
