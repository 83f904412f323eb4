import type { AlertRule } from '../../model/alert-rule.ts';
import type { EventKind, EventSubject } from '../../model/event.ts';
import { type Condition, conditions } from '../../model/reading.ts';

/** What a rule is about at one place: of what has the same key there is one alert. */
export function subjectKey(when: Condition, subject: EventSubject): string {
  const { guest, nic, port, segment, pool, forward, service, object } = subject;
  // However many kinds of frames a port sends that it must not, and whatever they pretend to be: it is one port.
  if ((when === 'violation' || when === 'storm') && port !== undefined) return JSON.stringify(['port', port]);
  return JSON.stringify([nic ?? guest, port, segment, pool, forward, service, object]);
}

/** Whether a rule is about this subject, and an event of this detail. */
export function ruleFits(rule: AlertRule, subject: EventSubject, detail?: string): boolean {
  if (rule.segment !== undefined && rule.segment !== subject.segment) return false;
  if (rule.guest !== undefined && rule.guest !== subject.guest) return false;
  if (rule.ofOwner !== undefined && rule.ofOwner !== subject.owner) return false;
  return rule.only.length === 0 || (detail !== undefined && rule.only.includes(detail));
}

/** Rules by what feeds them. */
export class RuleIndex {
  readonly all: readonly AlertRule[];
  readonly #byName: ReadonlyMap<string, AlertRule>;
  readonly #byCondition = new Map<Condition, AlertRule[]>();
  readonly #byKind = new Map<EventKind, AlertRule[]>();

  constructor(rules: readonly AlertRule[]) {
    this.all = rules;
    this.#byName = new Map(rules.map((rule) => [rule.name, rule]));
    for (const rule of rules) {
      const condition = conditions[rule.when];
      const kind = 'event' in condition ? condition.event : undefined;
      const list = kind === undefined ? this.#byCondition.get(rule.when) : this.#byKind.get(kind);
      if (list) list.push(rule);
      else if (kind === undefined) this.#byCondition.set(rule.when, [rule]);
      else this.#byKind.set(kind, [rule]);
    }
  }

  named(name: string): AlertRule | undefined {
    return this.#byName.get(name);
  }

  ofReading(condition: Condition): readonly AlertRule[] {
    return this.#byCondition.get(condition) ?? [];
  }

  ofEvent(kind: EventKind): readonly AlertRule[] {
    return this.#byKind.get(kind) ?? [];
  }
}
