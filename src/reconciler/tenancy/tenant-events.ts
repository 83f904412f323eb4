import type { BridgekeeperEvent, EventKind } from '../../model/event.ts';
import type { EventFilter, Events, FollowedEvent } from '../events/contract.ts';
import { closedToTenants } from './blind-failures.ts';
import type { BlindNumbers } from './blind-numbers.ts';

/**
 * Kinds whose sentences name nothing but the guest that they are about and what itself sent. Of all others only that
 * they happened is told.
 */
const plainKinds: ReadonlySet<EventKind> = new Set([
  'violation',
  'storm',
  'link',
  'dhcp',
  'unreachable',
  'forward-down',
]);

const briefly: Partial<Record<EventKind, string>> = {
  isolation: 'was isolated, limited or let go',
  limit: 'was refused new sessions',
  conflict: 'has a MAC address that showed up at another place',
  mac: 'showed another MAC address',
  ids: 'was named by an intrusion detection system',
  alert: 'has an alert that began or is over',
};

/** What the tenant itself did it may read in full. */
interface Speech {
  readonly isOwn: (who: string | undefined) => boolean;
}

function subjectText({ nic, guest }: BridgekeeperEvent['subject']): string {
  return nic === undefined ? `guest "${guest}"` : `NIC "${nic}"`;
}

/** `all-sessions` is said of a guest that has its share: how many others have is nothing to know. */
const shownDetail = ({ kind, detail }: BridgekeeperEvent): string | undefined =>
  kind === 'limit' && detail === 'all-sessions' ? 'sessions' : detail;

/** An event as the owner of its guest may read it. */
export function blindEvent(event: BridgekeeperEvent, ids: BlindNumbers, { isOwn }: Speech): BridgekeeperEvent {
  const { kind, severity, subject, at, count, last, state, who, from, ...words } = event;
  const { guest, nic, port, owner, segment, forward } = subject;
  const own = Object.entries({ guest, nic, port, owner, segment, forward }).filter(([, value]) => value !== undefined);
  const detail = shownDetail(event);
  const plain = plainKinds.has(kind) || isOwn(who);
  const { seen, expected, done } = words;
  return {
    id: ids.blind(event.id),
    kind,
    severity,
    subject: Object.fromEntries(own),
    // Isolations are counted through for all guests.
    ...(detail === undefined || kind === 'isolation' ? {} : { detail }),
    text: plain
      ? words.text
      : `${subjectText(subject)} ${briefly[kind] ?? 'is concerned by something that was noticed'}`,
    ...(plain && seen !== undefined ? { seen } : {}),
    ...(plain && expected !== undefined ? { expected } : {}),
    ...(done !== undefined && (plain || kind === 'isolation') ? { done } : {}),
    at,
    count,
    last,
    state,
    ...(who !== undefined && isOwn(who) ? { who, ...(from === undefined ? {} : { from }) } : {}),
  };
}

interface EventParts {
  readonly events: Events;
  readonly owner: string;
  readonly ids: BlindNumbers;
  readonly isOwn: (who: string | undefined) => boolean;
}

/** Events about guests of the owner. */
export class TenantEvents implements Events {
  readonly #parts: EventParts;
  /** Followed events are one object for all who follow, so that their text is made once. */
  readonly #followed = new WeakMap<FollowedEvent, FollowedEvent>();

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  async list(
    filter: EventFilter,
    page: { readonly limit: number; readonly before?: number },
  ): ReturnType<Events['list']> {
    const { events, ids } = this.#parts;
    if (!this.#mayAsk(filter)) return { events: [] };
    const { before, limit } = page;
    const found = await events.list(this.#ownFilter(filter), {
      limit,
      ...(before === undefined ? {} : { before: ids.see(before) }),
    });
    return {
      events: found.events.flatMap((event) => this.#shown(event)),
      ...(found.next === undefined ? {} : { next: ids.blind(found.next) }),
    };
  }

  async *follow(filter: EventFilter, after: number | undefined, signal: AbortSignal): AsyncGenerator<FollowedEvent> {
    const { events, ids } = this.#parts;
    const own = this.#mayAsk(filter) ? this.#ownFilter(filter) : { ...filter, owner: this.#parts.owner, until: 0 };
    for await (const event of events.follow(own, after === undefined ? undefined : ids.see(after), signal)) {
      let shown = this.#followed.get(event);
      if (shown === undefined) {
        const [seen] = this.#shown(event);
        if (seen === undefined) continue;
        shown = { ...seen, position: ids.blind(event.position) };
        this.#followed.set(event, shown);
      }
      yield shown;
    }
  }

  listen(): () => void {
    throw closedToTenants('Listening to all events');
  }

  lasting(): readonly BridgekeeperEvent[] {
    const { events, owner } = this.#parts;
    return events
      .lasting()
      .filter(({ subject }) => subject.owner === owner)
      .flatMap((event) => this.#shown(event));
  }

  /** Of another owner there is nothing, as of one that there is not. */
  #mayAsk({ owner }: EventFilter): boolean {
    return owner === undefined || owner === this.#parts.owner;
  }

  #ownFilter(filter: EventFilter): EventFilter {
    return { ...filter, owner: this.#parts.owner };
  }

  /** What is about no guest, such as a silence for an owner, is the operators' business. */
  #shown(event: BridgekeeperEvent): BridgekeeperEvent[] {
    if (event.subject.guest === undefined || event.subject.owner !== this.#parts.owner) return [];
    if (event.kind === 'alert' && event.detail?.startsWith('silence-')) return [];
    return [blindEvent(event, this.#parts.ids, this.#parts)];
  }
}
