import assert from 'node:assert/strict';
import { isAppError } from '../../../src/errors/app-error.ts';
import type { Assignments, GuestAssignment, NicAssignment } from '../../../src/model/assignments.ts';
import type { Commit, Registry, StoredObject } from '../../../src/registry/registry.ts';

/** One store of a registry: `open` again after `close` finds what was stored. */
export interface RegistryStore {
  open(): Promise<Registry>;
  remove(): Promise<void>;
}

export const noon = Date.parse('2026-11-21T12:00:00Z');
export const halfHour = 1_800_000;

export function lease(guest: string, mac: number, ip: number, rest: Partial<NicAssignment> = {}): NicAssignment {
  const address = { mac: `02:00:00:00:00:${mac.toString(16).padStart(2, '0')}`, ipv4: `10.0.0.${ip}` };
  return { guest, nic: 0, segment: 'dev', ...address, ...rest } as NicAssignment;
}

export function block(guest: string, first: number, shareId?: number): GuestAssignment {
  return { guest, first, last: first + 99, ...(shareId === undefined ? {} : { shareId }) };
}

export function holding(nics: NicAssignment[], guests: GuestAssignment[] = []): Assignments {
  return {
    nics: new Map(nics.map((held) => [`${held.guest}/${held.nic}`, held])),
    guests: new Map(guests.map((held) => [held.guest, held])),
  };
}

export function change(parts: Partial<Commit> = {}): Commit {
  return { author: 'ada', comment: 'try', at: noon, put: [], remove: [], assignments: holding([]), ...parts };
}

export const forward = (name: string, body: unknown, origin: StoredObject['origin'] = 'file'): StoredObject => ({
  kind: 'forward',
  name,
  origin,
  body,
});

export const code =
  (expected: string, message = /./) =>
  (error: unknown) => {
    assert.ok(isAppError(error), String(error));
    assert.equal(error.code, expected);
    assert.match(error.message, message);
    return true;
  };

/** Leases in quarantine, those that were released first come first: whose, which addresses, and until when. */
export async function resting(registry: Registry): Promise<object[]> {
  const { leases } = await registry.leases.list({ states: ['quarantined'], limit: 10_000 });
  return leases
    .toSorted((a, b) => (a.releasedAt ?? 0) - (b.releasedAt ?? 0))
    .map(({ guest, nic, segment, mac, ipv4, ipv6, freeAt }) => ({
      guest,
      nic,
      segment,
      mac,
      ipv4,
      ...(ipv6 === undefined ? {} : { ipv6 }),
      freeAt,
    }));
}
