import type { Assignments, GuestAssignment, NicAssignment } from '../../../src/model/assignments.ts';
import type { Commit, StoredObject } from '../../../src/registry/registry.ts';

/** Revision `number` of the crash test: every one changes objects, leases and blocks, so half of one would show. */
export function crashCommit(number: number): Commit {
  return {
    author: 'crash',
    comment: `revision ${number}`,
    at: number,
    put: changedObjects(number),
    remove: number > 3 ? [{ kind: 'guest', name: `g${number - 3}` }] : [],
    assignments: crashAssignments(number),
  };
}

/** Many rows, so that a commit is many pages of the write-ahead log. */
function changedObjects(number: number): StoredObject[] {
  const forwards = Array.from({ length: 60 }, (_, n) => ({
    kind: 'forward' as const,
    name: `tcp/${8000 + n}`,
    origin: 'file' as const,
    body: { number, text: 'x'.repeat(200) },
  }));
  return [...forwards, { kind: 'guest', name: `g${number}`, origin: 'api', body: { number } }];
}

/** All objects of a revision, by kind and name. */
export function crashObjects(number: number): Map<string, unknown> {
  const objects = new Map<string, unknown>();
  if (number === 0) return objects;
  for (const { kind, name, body } of changedObjects(number)) objects.set(`${kind} ${name}`, body);
  for (let guest = Math.max(1, number - 2); guest < number; guest++) objects.set(`guest g${guest}`, { number: guest });
  return objects;
}

export function crashAssignments(number: number): Assignments {
  const nics = new Map<string, NicAssignment>();
  const guests = new Map<string, GuestAssignment>();
  for (let guest = Math.max(1, number - 2); guest <= number; guest++) {
    const name = `g${guest}`;
    const low = (guest % 200).toString(16).padStart(2, '0');
    const addresses = { mac: `02:00:00:00:00:${low}`, ipv4: `10.0.0.${guest % 200}` };
    nics.set(`${name}/0`, { guest: name, nic: 0, segment: 'dev', ...addresses } as NicAssignment);
    guests.set(name, { guest: name, first: 1024 + (guest % 600) * 100, last: 1123 + (guest % 600) * 100 });
  }
  return { nics, guests };
}
