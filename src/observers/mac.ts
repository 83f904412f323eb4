import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Observer } from '../events/contract.ts';
import { defaultAlertRules } from '../model/default-alert-rules.ts';
import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { Sighting } from '../model/sighting.ts';
import { MacChanges } from './mac-changes.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';
import { renderCount } from './words.ts';

const lookEvery = 10_000;
/** A wire that changes all the time is not looked at all the time. */
const restAtLeast = 3_000;
/** Addresses that are kept in mind; of more, nothing is told but their number. */
const most = 50_000;
/** Addresses that a sentence names. */
const named = 3;
/** NICs whose change is no wave, however small their segment is. */
const fewChanges = 2;
/** Milliseconds after which what happens at a port is another event. */
const quietAfter = 60_000;
const turn = 2_000;

type Way = 'came' | 'moved' | 'went';

/** What happened to addresses behind one port. */
interface Happened {
  readonly way: Way;
  readonly device: string;
  readonly bridge: string;
  readonly macs: string[];
  count: number;
  from?: string;
}

/** MAC addresses behind ports of the segments' bridges: who came, moved and went; and how many NICs changed theirs. */
export class MacObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  /** Device by bridge and address. */
  #places: Map<string, string> | undefined;
  #looked: readonly Sighting[] | undefined;
  #desired: DesiredState | null = null;
  #byPort = new Map<string, DesiredNic>();
  #bridges = new Set<string>();
  readonly #changes: MacChanges;
  #end: (() => void) | undefined;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#changes = new MacChanges(parts.clock.monotonic);
    this.#rounds = new Rounds({
      every: lookEvery,
      least: restAtLeast,
      look: () => this.look(),
      failing: 'MAC addresses behind ports cannot be looked at',
      log: parts.log,
    });
  }

  start(): void {
    this.#end = this.#parts.driver.watchWire(() => this.#rounds.soon());
    this.#rounds.start();
  }

  close(): Promise<void> {
    this.#end?.();
    return this.#rounds.close();
  }

  async look(): Promise<void> {
    this.#index(this.#parts.desired());
    const sightings = await this.#parts.driver.sightings(true);
    if (sightings !== this.#looked) await this.#take(sightings);
    this.#looked = sightings;
    this.#give();
  }

  #index(desired: DesiredState | null): void {
    if (desired === this.#desired) return;
    this.#desired = desired;
    this.#changes.follow(desired);
    this.#byPort = new Map();
    for (const nic of desired?.nics.values() ?? []) this.#byPort.set(nic.port, nic);
    this.#bridges = new Set([...(desired?.segments.values() ?? [])].map(({ bridge }) => bridge));
  }

  async #take(sightings: readonly Sighting[]): Promise<void> {
    const places = new Map<string, string>();
    const happened = new Map<string, Happened>();
    const before = this.#places;
    let count = 0;
    let left = 0;
    const now = this.#parts.clock.now();
    for (const { mac, kind, device, bridge, at } of sightings) {
      if (++count % turn === 0) await nextTurn();
      if (bridge === undefined || !this.#bridges.has(bridge)) continue;
      const nic = this.#byPort.get(device);
      if (kind === 'offender' || kind === 'fdb') this.#changes.seen(nic, mac, Math.max(0, now - at));
      // What the guard drops is told as a violation; a host's own interface is nobody behind a port.
      if (kind !== 'fdb' && kind !== 'trunk') continue;
      if (nic?.mac === mac || nic?.also === mac) continue;
      const key = `${bridge} ${mac}`;
      if (places.size >= most) {
        left++;
        continue;
      }
      places.set(key, device);
      const was = before?.get(key);
      if (before === undefined || was === device) continue;
      note(happened, was === undefined ? 'came' : 'moved', { device, bridge, mac, from: was });
    }
    for (const [key, device] of before ?? []) {
      if (++count % turn === 0) await nextTurn();
      const [bridge = '', mac = ''] = key.split(' ');
      if (!places.has(key) && left === 0 && this.#bridges.has(bridge)) note(happened, 'went', { device, bridge, mac });
    }
    this.#places = places;
    for (const one of happened.values()) this.#tell(one);
  }

  #tell({ way, device, bridge, macs, count, from }: Happened): void {
    const { clock, events, subjects, desired } = this.#parts;
    const segment = [...(desired()?.segments.values() ?? [])].find((one) => one.bridge === bridge)?.name;
    const names = `${macs.join(', ')}${count > macs.length ? ', …' : ''}`;
    const counted = renderCount(count, 'MAC address', 'MAC addresses');
    const who = count === 1 ? `MAC address ${names}` : `${counted} (${names})`;
    const what = { came: 'came to', moved: `moved from port "${from}" to`, went: 'went from' }[way];
    events.publish({
      kind: 'mac',
      severity: way === 'moved' ? 'warning' : 'info',
      subject: { ...subjects.byPort(device), ...(segment === undefined ? {} : { segment }) },
      detail: way,
      text: `${who} ${what} port "${device}" of bridge "${bridge}"`,
      seen: names,
      at: clock.now(),
      count,
      lasts: { quietAfter },
    });
  }

  /** One reading for each segment and each time that a rule looks back. */
  #give(): void {
    const rules = this.#parts.site()?.alerts?.rules ?? defaultAlertRules;
    const windows = new Set(rules.flatMap(({ when, within }) => (when === 'mac-changes' ? (within ?? []) : [])));
    const at = this.#parts.clock.now();
    for (const within of windows) {
      for (const { segment, changed, nics } of this.#changes.shares(within)) {
        this.#parts.readings.read({
          condition: 'mac-changes',
          subject: { segment },
          value: changed > fewChanges ? changed / nics : 0,
          within,
          at,
          seen: `${changed} of ${renderCount(nics, 'NIC')}`,
        });
      }
    }
    this.#changes.prune(Math.max(0, ...windows));
  }
}

function note(
  happened: Map<string, Happened>,
  way: Way,
  { device, bridge, mac, from }: { device: string; bridge: string; mac: string; from?: string | undefined },
): void {
  const key = `${way} ${device}`;
  const known = happened.get(key);
  if (known === undefined) {
    happened.set(key, { way, device, bridge, macs: [mac], count: 1, ...(from === undefined ? {} : { from }) });
    return;
  }
  known.count++;
  if (known.macs.length < named) known.macs.push(mac);
}
