import type { DhcpLease, DhcpView } from '../drivers/driver.ts';
import type { Observer } from '../events/contract.ts';
import { type Begin, Lasting } from './lasting.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';
import { renderCount } from './words.ts';

const lookEvery = 5_000;
/** Leases of one segment that are told one by one; more at once are told together. */
const mostEach = 20;

const noAnswer = 'no-answer';

const keyOf = ({ segment, mac }: DhcpLease): string => `${segment} ${mac}`;

/** Who is given an address by DHCP, whose lease ended, who asks and gets nothing. Renewals are nothing new. */
export class DhcpObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  #leases: ReadonlyMap<string, DhcpLease> | undefined;
  readonly #lasting: Lasting;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#lasting = new Lasting(parts);
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'what DHCP gives cannot be looked at',
      log: parts.log,
    });
  }

  start(): void {
    this.#lasting.adopt(
      'dhcp',
      ({ detail, subject }) => `${detail} ${detail === noAnswer ? (subject.nic ?? subject.object) : subject.segment}`,
    );
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async look(): Promise<void> {
    const view = await this.#parts.driver.dhcp();
    this.#compareLeases(view.leases);
    this.#followTroubles(view);
  }

  #compareLeases(list: readonly DhcpLease[]): void {
    const leases = new Map(list.map((lease) => [keyOf(lease), lease]));
    const before = this.#leases;
    this.#leases = leases;
    // What was given before anybody looked is no news.
    if (before === undefined) return;
    const given = list.filter((lease) => before.get(keyOf(lease))?.ipv4 !== lease.ipv4);
    const ended = [...before.values()].filter((lease) => !leases.has(keyOf(lease)));
    this.#tell(given, 'given', ({ mac, ipv4 }) => `${mac} was given ${ipv4} by DHCP`);
    this.#tell(ended, 'ended', ({ mac, ipv4 }) => `the DHCP lease of ${ipv4} to ${mac} ended`);
  }

  #tell(leases: readonly DhcpLease[], detail: string, sentence: (lease: DhcpLease) => string): void {
    const { events, subjects, clock } = this.#parts;
    const common = { kind: 'dhcp', severity: 'info', detail, at: clock.now() } as const;
    for (const [segment, group] of Map.groupBy(leases, (lease) => lease.segment)) {
      if (group.length <= mostEach) {
        for (const lease of group) {
          const until = lease.until === 0 ? 'for ever' : `until ${new Date(lease.until).toISOString()}`;
          const subject = { ...subjects.byMac(lease.mac), segment };
          events.publish({ ...common, subject, text: sentence(lease), seen: until });
        }
        continue;
      }
      const text = `${renderCount(group.length, 'DHCP lease')} of segment "${segment}" ${detail === 'given' ? 'were given' : 'ended'}`;
      events.publish({ ...common, subject: { segment }, text, count: group.length });
    }
  }

  #followTroubles({ waiting, troubles }: DhcpView): void {
    const now = new Map<string, Omit<Begin, 'at'>>();
    const common = { kind: 'dhcp', severity: 'warning' } as const;
    for (const { mac, segment, count, since, why } of waiting) {
      const subject = { ...this.#parts.subjects.byMac(mac), segment };
      now.set(`${noAnswer} ${subject.nic ?? subject.object}`, {
        ...common,
        subject,
        detail: noAnswer,
        text: `${mac} asks by DHCP in segment "${segment}" and gets no address${why === undefined ? '' : `: ${why}`}`,
        seen: `${renderCount(count, 'request')} since ${new Date(since).toISOString()}`,
        expected: 'a lease within seconds',
      });
    }
    for (const { segment, kind, text } of troubles) {
      now.set(`${kind} ${segment}`, {
        ...common,
        subject: { segment, service: `dnsmasq ${segment}` },
        detail: kind,
        text,
      });
    }
    // The first words stand while it lasts: how often somebody asked is no other event.
    for (const [key, observation] of now) if (!this.#lasting.has(key)) this.#lasting.begin(key, observation);
    for (const key of this.#lasting.keys()) if (!now.has(key)) this.#lasting.over(key);
  }
}
