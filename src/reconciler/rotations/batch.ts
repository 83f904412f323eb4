import type { NicAssignment } from '../../model/assignments.ts';
import { type Guest, nicId } from '../../model/site.ts';
import type { Actor, JournalInput } from '../../registry/journal/journal.ts';
import type { Reassignment, StoredRotation } from '../../registry/rotations.ts';
import type { RequestedNic, RequestedTurn } from '../../registry/turn-requested.ts';
import type { RotatingNic } from './turns.ts';

/** Rotations that take a step together: one transaction in the kernel and one in the registry for all of them. */
export class RotationBatch {
  readonly nics = new Map<string, NicAssignment>();
  readonly #requested = new Map<string, RequestedTurn>();
  readonly #at: number;
  readonly #guests: ReadonlyMap<string, Guest>;
  readonly #put = new Map<string, StoredRotation>();
  readonly #remove = new Map<string, { guest: string; nic: number }>();
  readonly #journal: JournalInput[] = [];

  constructor(at: number, guests: readonly Guest[]) {
    this.#at = at;
    this.#guests = new Map(guests.map((guest) => [guest.name, guest]));
  }

  get empty(): boolean {
    return this.#put.size === 0 && this.#remove.size === 0;
  }

  /** Writes a rotation; its NIC keeps its addresses. */
  put(rotation: StoredRotation): void {
    this.#put.set(nicId(rotation.guest, rotation.nic), rotation);
  }

  /** Ends a rotation; its NIC keeps its addresses. */
  remove({ guest, nic }: { readonly guest: string; readonly nic: number }): void {
    this.#remove.set(nicId(guest, nic), { guest, nic });
  }

  /** Gives the NIC of a rotation other addresses. */
  assign(id: string, nic: NicAssignment): void {
    this.nics.set(id, nic);
  }

  /** The same for a NIC that a request made. */
  turn(id: string, turn: RequestedTurn): void {
    this.#requested.set(id, turn);
  }

  /** What to say of it in the journal. */
  note(text: string, actor: Actor, before: RotatingNic | undefined, after?: RotatingNic): void {
    const owner = before && ('owner' in before ? before.owner : this.#guests.get(before.guest)?.owner);
    this.#journal.push({
      kind: 'rotate',
      text,
      at: this.#at,
      actor,
      ...(before ? { before: addressesIn(before) } : {}),
      ...(after ? { after: addressesIn(after) } : {}),
      ...(owner === undefined ? {} : { owners: [owner] }),
    });
  }

  /** What the registry is to write, besides leases. */
  get record(): Omit<Reassignment, 'assignments'> {
    return {
      at: this.#at,
      put: [...this.#put.values()],
      remove: [...this.#remove.values()],
      requested: [...this.#requested.values()],
      journal: this.#journal,
    };
  }

  /** Brings rotations in memory to where the registry is. */
  applyTo(rotations: Map<string, StoredRotation>, requested: Map<string, RequestedNic>): void {
    for (const [id, { after }] of this.#requested) requested.set(id, after);
    for (const id of this.#remove.keys()) rotations.delete(id);
    for (const [id, rotation] of this.#put) rotations.set(id, rotation);
  }
}

const addressesIn = ({ guest, nic, mac, also }: RotatingNic): object => ({
  nic: nicId(guest, nic),
  mac,
  ...(also ? { also: also.mac } : {}),
});
