import type { HostLink } from '../drivers/driver.ts';
import type { Observer } from '../events/contract.ts';
import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';
import { renderCount } from './words.ts';

/** In case nothing told of a change. */
const lookEvery = 30_000;
/** Changes of one kind in one segment that are told one by one; more at once are told together. */
const mostEach = 20;

/** How it stands with the port of a NIC. */
type PortState = 'absent' | 'unplugged' | 'down' | 'up';

/** The state of a NIC's port, from what the host shows. */
export function portState({ port, bridge }: DesiredNic, links: ReadonlyMap<string, HostLink>): PortState {
  const link = links.get(port);
  if (link === undefined) return 'absent';
  if (link.master !== bridge) return 'unplugged';
  return link.up && link.carrier ? 'up' : 'down';
}

interface Known {
  readonly nic: DesiredNic;
  readonly index: number | undefined;
  readonly state: PortState;
}

interface Change {
  readonly nic: DesiredNic;
  readonly what: 'plugged' | 'gone' | 'unplugged';
}

const sentences: Readonly<Record<Change['what'], string>> = {
  plugged: 'plugged in',
  gone: 'gone',
  unplugged: 'out of its bridge',
};

/** Ports that are plugged in, lose their carrier, are gone; and the uplink. */
export class LinkObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  readonly #known = new Map<string, Known>();
  /** NICs whose port was told to have no carrier. */
  readonly #down = new Set<string>();
  #uplinkDown: string | undefined;
  #desired: DesiredState | null | undefined;
  #end: (() => void) | undefined;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'the ports of guests cannot be looked at',
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
    const desired = this.#parts.desired();
    // An empty host is no host: the driver does not see links.
    const links = await this.#parts.driver.links();
    if (links.size === 0) return;
    const first = this.#desired === undefined;
    this.#desired = desired;
    const changes: Change[] = [];
    const nics = desired?.nics ?? new Map<string, DesiredNic>();
    for (const id of this.#known.keys()) if (!nics.has(id)) this.#forget(id);
    for (const [id, nic] of nics) {
      const state = portState(nic, links);
      const index = links.get(nic.port)?.index;
      const before = this.#known.get(id);
      if (before?.state === state && before.index === index && before.nic.port === nic.port) continue;
      this.#known.set(id, { nic, index, state });
      // What was there before anybody looked is no news; nor is what a new site declares and was there already.
      if (before !== undefined || (!first && state === 'up')) this.#compare(before, { nic, index, state }, changes);
    }
    this.#publish(changes);
    this.#lookAtUplink(desired, links);
  }

  #compare(before: Known | undefined, { nic, index, state }: Known, changes: Change[]): void {
    const isPlugged = state === 'up' || state === 'down';
    const wasPlugged = before !== undefined && (before.state === 'up' || before.state === 'down');
    const another = wasPlugged && isPlugged && before.index !== index;
    if (isPlugged && (!wasPlugged || another)) changes.push({ nic, what: 'plugged' });
    else if (wasPlugged && !isPlugged) changes.push({ nic, what: state === 'absent' ? 'gone' : 'unplugged' });
    if (state === 'down' && wasPlugged && !another) this.#carrier(nic, 'begins');
    else if (this.#down.has(nic.id) && state !== 'down') this.#carrier(nic, 'over', state);
  }

  #carrier(nic: DesiredNic, lasts: 'begins' | 'over', state: PortState = 'down'): void {
    if (lasts === 'begins') this.#down.add(nic.id);
    else this.#down.delete(nic.id);
    const now = state === 'up' ? 'has its carrier back' : 'is not plugged in any more';
    this.#parts.events.publish({
      kind: 'link',
      severity: 'info',
      subject: this.#parts.subjects.byPort(nic.port),
      detail: 'no-carrier',
      text: `port "${nic.port}" of NIC "${nic.id}" ${lasts === 'begins' ? 'lost its carrier' : now}`,
      at: this.#parts.clock.now(),
      lasts,
    });
  }

  #forget(id: string): void {
    const known = this.#known.get(id);
    this.#known.delete(id);
    if (known !== undefined && this.#down.has(id)) this.#carrier(known.nic, 'over', 'absent');
  }

  #publish(changes: readonly Change[]): void {
    const groups = Map.groupBy(changes, ({ what, nic }) => `${what} ${nic.segment}`);
    const at = this.#parts.clock.now();
    for (const group of groups.values()) {
      const { what, nic } = group[0] as Change;
      const common = { kind: 'link', severity: 'info', detail: what, at } as const;
      if (group.length > mostEach) {
        const names = group.slice(0, 5).map((change) => `"${change.nic.port}"`);
        this.#parts.events.publish({
          ...common,
          subject: { segment: nic.segment },
          text: `${renderCount(group.length, 'port')} of segment "${nic.segment}" are ${sentences[what]}: ${names.join(', ')}, …`,
          count: group.length,
        });
      } else {
        for (const change of group) {
          this.#parts.events.publish({
            ...common,
            subject: this.#parts.subjects.byPort(change.nic.port),
            text: `port "${change.nic.port}" of NIC "${change.nic.id}" is ${sentences[what]}`,
          });
        }
      }
    }
  }

  #lookAtUplink(desired: DesiredState | null, links: ReadonlyMap<string, HostLink>): void {
    const name = desired?.uplink.interface;
    const link = name === undefined ? undefined : links.get(name);
    const fine = name === undefined || (link?.up && link.carrier);
    if (this.#uplinkDown !== undefined && (fine || this.#uplinkDown !== name)) {
      this.#tellUplink(this.#uplinkDown, 'over', 'is back, or is the uplink no more');
      this.#uplinkDown = undefined;
    }
    if (fine || this.#uplinkDown === name) return;
    this.#uplinkDown = name;
    this.#tellUplink(name, 'begins', link === undefined ? 'is not there' : link.up ? 'has no carrier' : 'is down');
  }

  #tellUplink(name: string, lasts: 'begins' | 'over', what: string): void {
    this.#parts.events.publish({
      kind: 'link',
      severity: lasts === 'begins' ? 'critical' : 'info',
      subject: { port: name },
      detail: 'uplink',
      text: `uplink "${name}" ${what}`,
      expected: 'up, with a carrier',
      at: this.#parts.clock.now(),
      lasts,
    });
  }
}
