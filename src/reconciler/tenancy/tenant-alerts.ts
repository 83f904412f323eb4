import type { Asker } from '../../registry/journal/journal.ts';
import type { AlertFilter, AlertSummary, Alerts, AlertView } from '../alerts/contract.ts';
import { blindly, closedToTenants, tellTenant } from './blind-failures.ts';
import type { BlindNumbers } from './blind-numbers.ts';

/** Conditions whose sentences name nothing but the guest and what it sent. */
const plainConditions: ReadonlySet<AlertView['when']> = new Set([
  'violation',
  'storm',
  'guest-sessions',
  'guest-unreachable',
  'forward-down',
]);

const briefly: Partial<Record<AlertView['when'], string>> = {
  conflict: 'a MAC address of it showed up at another place',
  refused: 'it is refused new sessions',
  ids: 'an intrusion detection system names it',
  dhcp: 'it asks by DHCP and gets no address',
};

interface AlertParts {
  readonly alerts: Alerts;
  readonly owner: string;
  readonly ids: BlindNumbers;
  readonly isOwn: (who: string | undefined) => boolean;
  readonly nameOf: (who: string) => string;
}

/** An operator who acknowledged is told of without name and words. */
const somebody = 'operator';

function blindAlert(alert: AlertView, { ids, isOwn }: AlertParts): AlertView {
  const { id, rule, when, severity, subject, state, text, since, firedAt, resolvedAt, count, acknowledged } = alert;
  const { guest, nic, port, owner, segment, forward } = subject;
  const own = Object.entries({ guest, nic, port, owner, segment, forward }).filter(([, value]) => value !== undefined);
  const plain = plainConditions.has(when);
  // That it was done; why it was not says how many others there are.
  const done = alert.done?.startsWith('NIC "') ? alert.done : undefined;
  return {
    id: ids.blind(id),
    rule,
    when,
    severity,
    subject: Object.fromEntries(own),
    state,
    text: plain ? text : `guest "${guest}": ${briefly[when] ?? 'something was noticed'}`,
    ...(plain && alert.seen !== undefined ? { seen: alert.seen } : {}),
    ...(plain && alert.expected !== undefined ? { expected: alert.expected } : {}),
    ...(done === undefined ? {} : { done }),
    since,
    ...(firedAt === undefined ? {} : { firedAt }),
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    count,
    ...(acknowledged === undefined
      ? {}
      : { acknowledged: isOwn(acknowledged.who) ? acknowledged : { who: somebody, at: acknowledged.at, reason: '' } }),
  };
}

/** Counts of alerts. */
export function summaryOf(alerts: readonly AlertView[]): AlertSummary {
  const firing = alerts.filter(({ state }) => state === 'firing');
  return {
    firing: firing.length,
    critical: firing.filter(({ severity }) => severity === 'critical').length,
    acknowledged: firing.filter(({ acknowledged }) => acknowledged !== undefined).length,
  };
}

/** Alerts about guests of the owner. Rules, silences and who is told are the operators' business. */
export class TenantAlerts implements Alerts {
  readonly #parts: AlertParts;

  constructor(parts: AlertParts) {
    this.#parts = parts;
  }

  list(filter: AlertFilter = {}): Promise<AlertView[]> {
    return blindly(async () => (await this.#own(filter)).map((alert) => blindAlert(alert, this.#parts)));
  }

  summary(): AlertSummary {
    throw closedToTenants('The sum of all alerts');
  }

  acknowledge(blind: number, reason: string, actor: Asker): Promise<AlertView> {
    const { alerts, ids, nameOf } = this.#parts;
    return blindly(async () => {
      const id = ids.see(blind);
      const known = (await this.#own({ all: true })).find((alert) => alert.id === id);
      if (known === undefined) throw tellTenant('not-found', `there is no alert ${blind} of yours`);
      if (known.state === 'resolved') throw tellTenant('conflict', `alert ${blind} is over`);
      return blindAlert(await alerts.acknowledge(id, reason, { ...actor, who: nameOf(actor.who) }), this.#parts);
    });
  }

  async silence(): Promise<never> {
    throw closedToTenants('Silencing alerts');
  }

  async silences(): Promise<never> {
    throw closedToTenants('The list of silences');
  }

  async unsilence(): Promise<never> {
    throw closedToTenants('Ending a silence');
  }

  async rules(): Promise<never> {
    throw closedToTenants('The list of rules');
  }

  async notifiers(): Promise<never> {
    throw closedToTenants('The list of notifiers');
  }

  async test(): Promise<never> {
    throw closedToTenants('A test message');
  }

  async #own(filter: AlertFilter): Promise<AlertView[]> {
    const { alerts, owner } = this.#parts;
    const found = await alerts.list(filter);
    return found.filter(({ subject }) => subject.owner === owner && subject.guest !== undefined);
  }
}
