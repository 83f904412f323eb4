import type { AlertRule } from '../../model/alert-rule.ts';
import type { EventSubject, Severity } from '../../model/event.ts';
import type { Condition } from '../../model/reading.ts';
import type { Asker } from '../../registry/journal/journal.ts';

export type { AlertRule };

/** Something that a rule says somebody must know. Times are milliseconds since the epoch. */
export interface AlertView {
  /** Never used twice. */
  readonly id: number;
  readonly rule: string;
  readonly when: Condition;
  readonly severity: Severity;
  readonly subject: EventSubject;
  /** `pending`: true, but not for long enough. `firing`: an alert. `resolved`: it was one. */
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly text: string;
  readonly seen?: string;
  readonly expected?: string;
  /** What was done by itself, such as `isolated until …`. */
  readonly done?: string;
  /** Who looks after it. */
  readonly owner?: string;
  /** Since when it is true, is an alert, and was over. */
  readonly since: number;
  readonly firedAt?: number;
  readonly resolvedAt?: number;
  /** How often it was seen. */
  readonly count: number;
  readonly acknowledged?: { readonly who: string; readonly at: number; readonly reason: string };
  /** Silence that keeps it from being told. */
  readonly silencedBy?: number;
}

/** How many alerts there are; those that are critical or acknowledged are among those that fire. */
export interface AlertSummary {
  readonly firing: number;
  readonly critical: number;
  readonly acknowledged: number;
}

/** Nobody is told of alerts that fit, until a time; but who was told of one hears that it is over. */
export interface SilenceView {
  readonly id: number;
  readonly rule?: string;
  readonly guest?: string;
  readonly segment?: string;
  readonly ofOwner?: string;
  readonly since: number;
  readonly until: number;
  readonly who: string;
  readonly reason: string;
}

export interface SilenceOrder extends Pick<SilenceView, 'rule' | 'guest' | 'segment' | 'ofOwner' | 'reason'> {
  /** Seconds, 60 to 90 days. */
  readonly seconds: number;
}

/** How it stands with one notifier. */
export interface NotifierView {
  readonly name: string;
  readonly kind: string;
  readonly sent: number;
  /** Waiting to be sent (again). */
  readonly waiting: number;
  /** Given up after the last try. */
  readonly lost: number;
  readonly lastSent?: number;
  /** One sentence; absent when the last one went through. */
  readonly trouble?: string;
}

export interface AlertFilter {
  readonly state?: AlertView['state'];
  readonly rule?: string;
  readonly guest?: string;
  /** Also those that are over: at most the newest 1,000. */
  readonly all?: boolean;
}

/** What somebody must know. Every method rejects with an AppError. */
export interface Alerts {
  /** The newest first. */
  list(filter?: AlertFilter): Promise<AlertView[]>;
  summary(): AlertSummary;
  /** `not-found`, `conflict` for one that is over. */
  acknowledge(id: number, reason: string, actor: Asker): Promise<AlertView>;
  silence(order: SilenceOrder, actor: Asker): Promise<SilenceView>;
  silences(): Promise<SilenceView[]>;
  unsilence(id: number, actor: Asker): Promise<SilenceView>;
  /** The rules that hold, the default ones included. */
  rules(): Promise<import('../../model/alert-rule.ts').AlertRule[]>;
  notifiers(): Promise<NotifierView[]>;
  /** Sends a test message and answers how it went, in a sentence, within a minute or with `signal`; `not-found`. */
  test(notifier: string, actor: Asker, signal?: AbortSignal): Promise<{ ok: boolean; text: string }>;
}
