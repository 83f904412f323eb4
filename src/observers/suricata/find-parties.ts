import type { SubjectFinder } from '../../events/contract.ts';
import type { DesiredState } from '../../model/desired-state.ts';
import type { EventSubject } from '../../model/event.ts';
import type { IpAddress } from '../../model/ip-address.ts';
import type { IdsAlert, IdsEnd } from './read-alert.ts';
import { createSharedPorts } from './shared-ports.ts';

/** Who was behind an address and port of the site at a time; the name of a guest, undefined when nobody knows. */
export type AskTrace = (question: {
  readonly address: string;
  readonly port?: number;
  readonly at: string;
  readonly within: string;
  readonly protocol?: string;
  readonly peer?: string;
}) => Promise<string | undefined>;

export interface Parties {
  /** Guests of the site at the ends. */
  readonly source?: EventSubject;
  readonly destination?: EventSubject;
}

/** Older alerts are asked of the trace: the port may have been another guest's then. Milliseconds. */
const soon = 30_000;
/** Questions to the trace that wait at once; alerts beyond are told without a guest. */
const mostWaiting = 100;
const answersKept = 1_000;

/**
 * Finds the guests that an alert is about. Inner and MAC addresses are looked up. What was seen at the uplink has the
 * shared address on our side: its port says whose it is, and where there is none (ICMP), or it was long ago, the trace
 * is asked, one question after the other.
 */
export class PartyFinder {
  readonly #subjects: SubjectFinder;
  readonly #desired: () => DesiredState | null;
  readonly #ask: AskTrace | undefined;
  readonly #guestAtPort: ReturnType<typeof createSharedPorts>;
  /** The newest answers, and those that are under way. */
  readonly #answers = new Map<string, Promise<string | undefined>>();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(parts: { subjects: SubjectFinder; desired: () => DesiredState | null; ask?: AskTrace }) {
    this.#subjects = parts.subjects;
    this.#desired = parts.desired;
    this.#ask = parts.ask;
    this.#guestAtPort = createSharedPorts(parts.desired);
  }

  isShared(address: IpAddress | undefined): boolean {
    const uplink = this.#desired()?.uplink;
    return address !== undefined && (address === uplink?.ipv4 || address === uplink?.ipv6);
  }

  /** Never rejects. Answers at once unless the trace has to be asked. */
  find(alert: IdsAlert, now: number): Parties | Promise<Parties> {
    const source = this.#byAddress(alert.source);
    const destination = this.#byAddress(alert.destination);
    const found = (from?: EventSubject, to?: EventSubject): Parties => ({
      ...(from === undefined ? {} : { source: from }),
      ...(to === undefined ? {} : { destination: to }),
    });
    const [ours, peer] = this.isShared(alert.source.address)
      ? [alert.source, alert.destination]
      : [alert.destination, alert.source];
    const isSource = ours === alert.source;
    if (!this.isShared(ours.address) || (isSource ? source : destination) !== undefined) {
      return found(source, destination);
    }
    const answer = (guest: string | undefined): Parties => {
      const subject = guest === undefined ? undefined : this.#subjects.byGuest(guest);
      return isSource ? found(subject, destination) : found(source, subject);
    };
    const late = now - (alert.at ?? now) > soon;
    const { protocol } = alert;
    if (!late && (protocol === 'tcp' || protocol === 'udp') && ours.port !== undefined) {
      const guest = this.#guestAtPort(protocol, ours.port);
      // A port that is nobody's is the host's, or nobody's: the trace knows no more of it.
      return answer(guest);
    }
    return this.#trace(alert, ours, peer, now).then(answer);
  }

  #byAddress({ address, mac }: IdsEnd): EventSubject | undefined {
    if (this.isShared(address)) return undefined;
    for (const found of [
      address === undefined ? undefined : this.#subjects.byAddress(address),
      mac === undefined ? undefined : this.#subjects.byMac(mac),
    ])
      if (found?.guest !== undefined) return found;
    return undefined;
  }

  #trace(alert: IdsAlert, ours: IdsEnd, peer: IdsEnd, now: number): Promise<string | undefined> {
    const at = new Date(Math.min(alert.at ?? now, now)).toISOString();
    const key = JSON.stringify([ours, peer.address, peer.port, alert.protocol, at.slice(0, 16)]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const nobody = Promise.resolve(undefined);
    if (this.#ask === undefined || this.#waiting >= mostWaiting || ours.address === undefined) return nobody;
    // Without a port only the other end tells sessions apart.
    if (ours.port === undefined && peer.address === undefined) return nobody;
    const question = {
      address: ours.address,
      ...(ours.port === undefined ? {} : { port: ours.port }),
      at,
      within: '10s',
      ...(alert.protocol === undefined ? {} : { protocol: alert.protocol }),
      ...(peer.address === undefined ? {} : { peer: peer.address }),
    };
    const ask = this.#ask;
    this.#waiting += 1;
    const answer = this.#turn
      .then(() => ask(question))
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#turn = answer;
    if (this.#answers.size >= answersKept) this.#answers.delete(this.#answers.keys().next().value as string);
    this.#answers.set(key, answer);
    return answer;
  }
}
