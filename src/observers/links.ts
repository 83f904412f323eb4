import type { HostLink } from '../drivers/driver.ts';
import type { Observer } from '../events/contract.ts';
import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import { Lasting } from './lasting.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';
import { renderCount } from './words.ts';

/** In case nothing told of a change. */
const lookEvery = 30_000;
/** A wire that changes all the time is not looked at all the time. */
const restAtLeast = 500;
/** Changes of one kind in one segment that are told one by one; more at once are told together. */
const mostEach = 20;

const noCarrier = 'no-carrier';

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
  readonly #down: Lasting;
  readonly #uplinkDown: Lasting;
  #desired: DesiredState | null | undefined;
  #end: (() => void) | undefined;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#down = new Lasting(parts);
    this.#uplinkDown = new Lasting(parts);
    this.#rounds = new Rounds({
      every: lookEvery,
      least: restAtLeast,
      look: () => this.look(),
      failing: 'the ports of guests cannot be looked at',
      log: parts.log,
    });
  }

  start(): void {
    this.#down.adopt('link', ({ detail, subject }) => (detail === noCarrier ? subject.nic : undefined));
    this.#uplinkDown.adopt('link', ({ detail, subject }) => (detail === 'uplink' ? subject.port : undefined));
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
    for (const id of this.#known.keys()) if (!nics.has(id)) this.#known.delete(id);
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
    this.#endDown();
    this.#lookAtUplink(desired, links);
  }

  #compare(before: Known | undefined, { nic, index, state }: Known, changes: Change[]): void {
    const isPlugged = state === 'up' || state === 'down';
    const wasPlugged = before !== undefined && (before.state === 'up' || before.state === 'down');
    const another = wasPlugged && isPlugged && before.index !== index;
    if (isPlugged && (!wasPlugged || another)) changes.push({ nic, what: 'plugged' });
    else if (wasPlugged && !isPlugged) changes.push({ nic, what: state === 'absent' ? 'gone' : 'unplugged' });
    if (state === 'down' && wasPlugged && !another) {
      this.#down.begin(nic.id, {
        kind: 'link',
        severity: 'info',
        subject: this.#parts.subjects.byPort(nic.port),
        detail: noCarrier,
        text: `port "${nic.port}" of NIC "${nic.id}" lost its carrier`,
      });
    }
  }

  #endDown(): void {
    for (const id of this.#down.keys()) {
      const known = this.#known.get(id);
      if (known === undefined) this.#down.over(id, `NIC "${id}" is no part of the site any more`);
      else if (known.state === 'up') this.#down.over(id, `port "${known.nic.port}" of NIC "${id}" has a carrier again`);
      else if (known.state !== 'down')
        this.#down.over(id, `port "${known.nic.port}" of NIC "${id}" is not plugged in any more`);
    }
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
    for (const other of this.#uplinkDown.keys()) {
      if (other !== name) this.#uplinkDown.over(other, `interface "${other}" is the uplink no more`);
    }
    if (name === undefined) return;
    if (link?.up && link.carrier) {
      this.#uplinkDown.over(name, `uplink "${name}" is back`);
      return;
    }
    const how = link === undefined ? 'is not there' : link.up ? 'has no carrier' : 'is down';
    this.#uplinkDown.begin(name, {
      kind: 'link',
      severity: 'critical',
      subject: { port: name },
      detail: 'uplink',
      text: `uplink "${name}" ${how}`,
      expected: 'up, with a carrier',
    });
  }
}
