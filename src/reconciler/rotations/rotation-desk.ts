import { AppError } from '../../errors/app-error.ts';
import type { NicAssignment } from '../../model/assignments.ts';
import { defaultPortName } from '../../model/default-names.ts';
import { type MacAddress, macToInteger } from '../../model/mac-address.ts';
import { defaultRotation, type Rotation } from '../../model/rotation.ts';
import { type Guest, nicId } from '../../model/site.ts';
import { type Actor, itself } from '../../registry/journal/journal.ts';
import type { AddressSource } from '../../registry/leases/address-source.ts';
import type { StoredRotation } from '../../registry/rotations.ts';
import type { RequestedNic } from '../../registry/turn-requested.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { SiteKeeper } from '../site-keeper.ts';
import { RotationBatch } from './batch.ts';
import type { RotationView } from './contract.ts';
import { drawNewMacs, requestedNicToDraw, siteNicToDraw } from './draw-new-macs.ts';
import { Listener } from './listener.ts';
import type { Silence } from './next-step.ts';
import { namedNics, quarantineFor, withDerivedIpv6 } from './requested-nics.ts';
import { viewOf } from './rotation-view.ts';
import { addressesOf, prepared, type RotatingNic, settled, turned } from './turns.ts';

/** Neighbours that missed the first announcement get a second one after so many milliseconds. */
const sayAgainAfter = 1_000;
/** Characters of what a failure said that are kept. */
const mostWords = 1_000;

/** Whether the NIC has both addresses in this phase. */
const hasTwo = ({ phase }: StoredRotation): boolean => phase === 'prepared' || phase === 'moved';

/** A rotation with what stands around it. */
export interface Standing {
  readonly id: string;
  readonly rotation: StoredRotation;
  readonly nic: RotatingNic;
  readonly silence: Silence;
}

/**
 * Rotations as they stand, and every step that one can take. Steps change kernel and registry; not for two at once:
 * who calls sees to the order.
 */
export class RotationDesk {
  readonly #parts: EngineParts;
  readonly #keeper: SiteKeeper;
  readonly listener: Listener;
  readonly rotations = new Map<string, StoredRotation>();
  /** NICs that requests made and that rotate, as they were when they were last looked up. */
  readonly #requested = new Map<string, RequestedNic>();
  /** Guests of the site as it was when one was last looked up. */
  #byName: { guests: readonly Guest[]; map: ReadonlyMap<string, Guest> } = { guests: [], map: new Map() };

  constructor(parts: EngineParts, keeper: SiteKeeper) {
    this.#parts = parts;
    this.#keeper = keeper;
    this.listener = new Listener(parts.driver, parts.clock);
  }

  get settings(): Rotation {
    return this.#keeper.stored.site?.rotation ?? defaultRotation;
  }

  get guests(): readonly Guest[] {
    return this.#keeper.stored.site?.guests ?? [];
  }

  guest(name: string): Guest | undefined {
    const { guests } = this;
    if (this.#byName.guests !== guests) this.#byName = { guests, map: new Map(guests.map((one) => [one.name, one])) };
    return this.#byName.map.get(name);
  }

  /** Reads what the registry holds, and puts right what a daemon left that ended between two steps. */
  async load(): Promise<void> {
    const stored = await this.#parts.registry.rotations();
    // At once: hooks that run meanwhile look here.
    this.rotations.clear();
    for (const [id, rotation] of stored) this.rotations.set(id, rotation);
    const batch = this.#batch();
    for (const [id, nic] of this.#keeper.assignments.nics) {
      if (!nic.also || this.rotations.has(id)) continue;
      batch.assign(id, settled(nic));
      batch.note(`NIC "${id}" has one MAC address again: nothing is known of its rotation`, itself, nic, settled(nic));
    }
    if (batch.nics.size > 0) await this.#commit(batch);
    await this.refresh();
    await this.dropLost();
  }

  /** Looks up what the NICs hold that requests made: they are released, or become the site's, without being told here. */
  async refresh(rotations: readonly StoredRotation[] = [...this.rotations.values()]): Promise<void> {
    const nics = rotations.filter(({ guest, nic }) => !this.#keeper.assignments.nics.has(nicId(guest, nic)));
    const found = await namedNics(this.#parts.registry.leases, nics);
    for (const { guest, nic } of rotations) this.#requested.delete(nicId(guest, nic));
    for (const [id, nic] of found) this.#requested.set(id, nic);
  }

  /** What a NIC holds; undefined for one that neither the site nor a request has. */
  nic(id: string): RotatingNic | undefined {
    return this.#keeper.assignments.nics.get(id) ?? this.#requested.get(id);
  }

  /** Whether a request made it: nothing is heard of it. */
  isRequested(id: string): boolean {
    return !this.#keeper.assignments.nics.has(id) && this.#requested.has(id);
  }

  /** What the NIC is plugged into. */
  portOf(guest: Guest | undefined, index: number): string | undefined {
    const nic = guest?.nics[index];
    if (!guest || !nic || nic.detached) return undefined;
    return nic.port ?? defaultPortName(guest.name, index);
  }

  /** Whether the site file names the MAC address of the NIC. */
  isNamed({ guest, nic }: StoredRotation): boolean {
    return this.guest(guest)?.nics[nic]?.mac !== undefined;
  }

  standing(id: string): Standing | undefined {
    const rotation = this.rotations.get(id);
    const nic = this.nic(id);
    // A NIC that was removed and made anew, or given other addresses, does not rotate: `dropLost` forgets it.
    if (!rotation || !nic || (hasTwo(rotation) && !nic.also)) return undefined;
    const { old, fresh } = addressesOf(nic, rotation.phase);
    const silence = this.listener.silenceOf(this.portOf(this.guest(rotation.guest), rotation.nic), old, fresh);
    return { id, rotation, nic, silence };
  }

  view({ id, rotation, nic, silence }: Standing): RotationView {
    const owner = this.#requested.get(id)?.owner ?? this.guest(rotation.guest)?.owner;
    const source = this.isRequested(id) ? 'request' : 'site';
    return viewOf(rotation, nic, { source, owner }, silence, this.#parts.clock.now());
  }

  /** Throws `not-found` for a NIC that does not rotate. */
  async viewOf(id: string): Promise<RotationView> {
    await this.refresh();
    const standing = this.standing(id);
    if (!standing) throw doesNotRotate(id);
    return this.view(standing);
  }

  /** One that is prepared, as it will be when its guest has moved. */
  viewMoved({ id, rotation, nic, silence }: Standing): RotationView {
    if (rotation.phase === 'moved') return this.view({ id, rotation, nic, silence });
    const moved = { ...rotation, phase: 'moved', phaseSince: this.#parts.clock.now() } as const;
    return this.view({ id, rotation: moved, nic: turned(nic), silence });
  }

  /** What `prepare` would make of the first, and `write` of those that wait; nothing is leased. */
  async planned(first: readonly StoredRotation[], later: readonly StoredRotation[]): Promise<RotationView[]> {
    await this.refresh([...first, ...later]);
    const now = this.#parts.clock.now();
    const source = this.#keeper.addresses();
    const drawn = await this.#draw(first, source, now);
    source.giveBack([...drawn.values()].map(macToInteger));
    const views = [...first, ...later].flatMap((rotation): RotationView[] => {
      const id = nicId(rotation.guest, rotation.nic);
      const [nic, mac] = [this.nic(id), drawn.get(id)];
      if (!nic) return [];
      const silence = {};
      if (!mac) return [this.view({ id, rotation, nic, silence })];
      const hook = this.hookOf(rotation) === undefined ? 'none' : 'due';
      const begun = { ...rotation, phase: 'prepared', deadline: now + rotation.overlap * 1000, hook } as const;
      return [this.view({ id, rotation: begun, nic: prepared(nic, mac), silence })];
    });
    // Those that were only looked at are forgotten again.
    for (const { guest, nic } of [...first, ...later])
      if (!this.rotations.has(nicId(guest, nic))) this.#requested.delete(nicId(guest, nic));
    return views;
  }

  /** Rotations whose NIC is no more, or has another address by name, are over. */
  async dropLost(): Promise<void> {
    const batch = this.#batch();
    for (const [id, rotation] of this.rotations) {
      const nic = this.nic(id);
      const underWay = hasTwo(rotation);
      // The site file may have named the address while the NIC waited.
      if (nic && (underWay ? nic.also : rotation.phase === 'failed' || !this.isNamed(rotation))) continue;
      batch.remove(rotation);
      if (underWay)
        batch.note(`the rotation of NIC "${id}" is over: the site changed, or it was released`, itself, nic);
    }
    if (!batch.empty) await this.#record(batch);
  }

  /** Writes rotations whose addresses stay as they are. */
  async write(...rotations: readonly StoredRotation[]): Promise<void> {
    const batch = this.#batch();
    for (const rotation of rotations) batch.put(rotation);
    await this.#record(batch);
  }

  /** Forgets a rotation that has no addresses to give back. */
  async forget(rotation: StoredRotation): Promise<void> {
    const batch = this.#batch();
    batch.remove(rotation);
    await this.#record(batch);
  }

  /** Writes new rotations that wait, and when schedules were looked after. */
  async enqueue(rotations: readonly StoredRotation[], runs: ReadonlyMap<string, number>): Promise<void> {
    const batch = this.#batch();
    for (const rotation of rotations) batch.put(rotation);
    await this.#parts.registry.reassign({ ...batch.record, runs });
    batch.applyTo(this.rotations, this.#requested);
    await this.refresh(rotations);
  }

  /**
   * Leases a new address for each and allows it on the port; `others` are written with them. Throws what speaks against
   * it (`pool-exhausted`), and has changed nothing then.
   */
  async prepare(rotations: readonly StoredRotation[], others: readonly StoredRotation[] = []): Promise<void> {
    if (rotations.length === 0) return;
    await this.refresh(rotations);
    const now = this.#parts.clock.now();
    const source = this.#keeper.addresses();
    const drawn = await this.#draw(rotations, source, now);
    const batch = this.#batch();
    for (const rotation of others) batch.put(rotation);
    for (const rotation of rotations) {
      const id = nicId(rotation.guest, rotation.nic);
      const [nic, mac] = [this.nic(id), drawn.get(id)];
      if (!nic || !mac) continue;
      const after = prepared(nic, mac);
      this.#assign(batch, id, nic, after);
      const hook = this.hookOf(rotation) === undefined ? 'none' : 'due';
      const deadline = now + rotation.overlap * 1000;
      batch.put({ ...rotation, phase: 'prepared', phaseSince: now, deadline, hook });
      batch.note(`NIC "${id}" may use ${mac} besides ${nic.mac}`, rotation.actor, nic, after);
    }
    try {
      await this.#commit(batch);
    } catch (error) {
      source.giveBack([...drawn.values()].map(macToInteger));
      throw error;
    }
  }

  /** Host and DHCP expect the other address of each from now on; the neighbours are told. */
  async turn(standing: readonly Standing[], phase: 'prepared' | 'moved', hook?: StoredRotation['hook']): Promise<void> {
    const batch = this.#batch();
    const now = this.#parts.clock.now();
    for (const { id, rotation, nic } of standing) {
      const after = this.#turned(id, nic);
      this.#assign(batch, id, nic, after);
      batch.put({ ...rotation, phase, phaseSince: now, ...(hook === undefined ? {} : { hook }) });
      const what = phase === 'moved' ? 'has moved' : 'is back';
      batch.note(`NIC "${id}" ${what} from ${nic.mac} to ${after.mac}`, rotation.actor, nic, after);
    }
    await this.#commit(batch);
    this.#announce(standing.map(({ id }) => id));
  }

  /** The old address of each retires; `late` says that it was heard until the end. */
  async finish(standing: readonly (Standing & { readonly late: boolean })[]): Promise<void> {
    const batch = this.#batch();
    for (const { id, rotation, nic, late } of standing) {
      const after = settled(nic);
      this.#assign(batch, id, nic, after);
      batch.remove(rotation);
      const silent = this.isRequested(id) ? 'the grace time is over' : 'silent for long enough';
      const when = late ? 'at the end of the overlap, though it was still in use' : silent;
      const text = `NIC "${id}" has ${after.mac} alone; ${nic.also?.mac} retired, ${when}`;
      if (late) this.#parts.log.warn({ nic: id }, text);
      batch.note(text, rotation.actor, nic, after);
    }
    await this.#commit(batch);
  }

  /** The new address of each goes, the old one stays. With a reason they stay in the list as failed. */
  async takeBack(standing: readonly Standing[], reason: string | undefined, actor: Actor): Promise<void> {
    const batch = this.#batch();
    const now = this.#parts.clock.now();
    const changed: string[] = [];
    for (const { id, rotation, nic } of standing) {
      const after = settled(rotation.phase === 'moved' ? this.#turned(id, nic) : nic);
      if (after.mac !== nic.mac) changed.push(id);
      const { fresh } = addressesOf(nic, rotation.phase);
      this.#assign(batch, id, nic, after);
      if (reason === undefined) batch.remove(rotation);
      else {
        const { deadline: _, ...rest } = rotation;
        batch.put({ ...rest, phase: 'failed', phaseSince: now, error: withoutMacs(reason, nic) });
      }
      const why = reason === undefined ? '' : `: ${reason.slice(0, mostWords)}`;
      batch.note(`NIC "${id}" keeps ${after.mac}; ${fresh} goes back${why}`, actor, nic, after);
    }
    await this.#commit(batch);
    this.#announce(changed);
  }

  /** Program that moves a guest, if there is one for its kind and it is plugged in. */
  hookOf(rotation: StoredRotation): string | undefined {
    const guest = this.guest(rotation.guest);
    const nic = guest?.nics[rotation.nic];
    if (!guest?.kind || !nic || nic.detached) return undefined;
    return this.settings.hooks.get(guest.kind);
  }

  /** New addresses by NIC id. Throws `pool-exhausted`, `not-found`. */
  async #draw(
    rotations: readonly StoredRotation[],
    source: AddressSource,
    now: number,
  ): Promise<Map<string, MacAddress>> {
    const { site } = this.#keeper.stored;
    const nics = rotations.flatMap(({ guest, nic: index }) => {
      const id = nicId(guest, index);
      const own = this.guest(guest);
      const [nic, requested] = [own?.nics[index], this.#requested.get(id)];
      if (own && nic && site) return siteNicToDraw({ id, guest: own, index, nic }, site);
      return requested ? requestedNicToDraw(requested, site) : [];
    });
    return drawNewMacs(nics, site?.pools ?? [], source, now);
  }

  #batch(): RotationBatch {
    return new RotationBatch(this.#parts.clock.now(), this.guests);
  }

  #turned(id: string, nic: RotatingNic): RotatingNic {
    if (!this.isRequested(id)) return turned(nic);
    return withDerivedIpv6(turned(nic as RequestedNic), this.#keeper.stored.site);
  }

  #assign(batch: RotationBatch, id: string, before: RotatingNic, after: RotatingNic): void {
    if (!this.isRequested(id)) {
      batch.assign(id, after as NicAssignment);
      return;
    }
    const gone = before.also && after.also === undefined && before.mac === after.mac ? before.also.mac : before.mac;
    const quarantine = quarantineFor(before, gone, this.#keeper.stored.site);
    batch.turn(id, { before: before as RequestedNic, after: after as RequestedNic, quarantine });
  }

  /** Kernel and registry; NICs that requests made are no matter of the kernel's. */
  async #commit(batch: RotationBatch): Promise<void> {
    if (batch.nics.size === 0) return this.#record(batch);
    await this.#keeper.reassign(batch.nics, batch.record);
    batch.applyTo(this.rotations, this.#requested);
  }

  /** The registry alone. */
  async #record(batch: RotationBatch): Promise<void> {
    await this.#parts.registry.reassign(batch.record);
    batch.applyTo(this.rotations, this.#requested);
  }

  #announce(ids: readonly string[]): void {
    const say = async (): Promise<void> => {
      const nics = ids.flatMap((id) => this.#keeper.desired?.nics.get(id) ?? []);
      if (nics.length > 0) await this.#parts.driver.announce(nics);
    };
    void say();
    setTimeout(() => void say(), sayAgainAfter).unref();
  }
}

/** What a failure said, as it may stand in the registry for long: addresses of the NIC by their role. */
export function withoutMacs(text: string, nic: RotatingNic): string {
  const macs = [nic.mac, ...(nic.also ? [nic.also.mac] : [])];
  return macs
    .reduce((rest, mac) => rest.replaceAll(mac, '(MAC address)'), text.slice(0, 2 * mostWords))
    .slice(0, mostWords);
}

/** Refuses what is about a NIC that does not rotate. */
export function doesNotRotate(id: string): AppError {
  return new AppError('not-found', `NIC "${id}" does not rotate; see \`bridgekeeper rotate --list\``);
}
