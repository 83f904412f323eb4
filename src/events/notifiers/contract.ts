import type { AlertSettings } from '../../model/alert-rule.ts';
import type { AlertView, NotifierView } from '../../reconciler/alerts/contract.ts';

/** What became of an alert: it is one now, it still is one, it is over. */
export const stages = ['fires', 'goes on', 'over'] as const;
export type Stage = (typeof stages)[number];

/** What somebody shall be told of an alert. */
export interface AlertMessage {
  readonly alert: AlertView;
  readonly stage: Stage;
  /** When (ms since the epoch). The same alert, stage and time again are the same message and are told once. */
  readonly at: number;
  /** Names of the notifiers that the rule names; absent: all that do not ask to be named. */
  readonly notify?: readonly string[];
}

/**
 * Tells of alerts, wherever they shall be told. Each notifier has a queue of its own, in the order of the messages;
 * what waits outlives the daemon, is tried again after 1 s and then ever more seldom (15 min at most), and is given up
 * after a day. More than 10,000 that wait for one notifier: the oldest go. Who is told may be told twice, after a crash
 * or an answer that was lost; the id of the message says so. A notifier that hangs holds up none of the others.
 * Floods are handed over one by one: webhooks, syslog and commands get every message, people (chat, e-mail) get one that
 * sums them up once there are more than 20 a minute.
 */
export interface Notifiers {
  /**
   * Resolves when the message is kept, or cannot be (full disk; then it is held in memory and still told). Never rejects.
   * Less severe than the notifier asks for: not told, also where the rule names it.
   */
  deliver(message: AlertMessage): Promise<void>;
  /** Answers whether everything that was handed over so far is kept, or was told; false for a full disk. Never rejects. */
  kept(): Promise<boolean>;
  /**
   * Tells a notifier that this is a test, at once and once, and does not wait longer than `signal`. `not-found` for a name
   * that there is not.
   */
  test(name: string, signal?: AbortSignal, onlyPlan?: boolean): Promise<{ ok: boolean; text: string }>;
  views(): NotifierView[];
  /** From now on these are the notifiers. What waits for one that is gone stays for a day, for the case that it comes back. */
  configure(settings: AlertSettings): void;
  /** Forgets messages that somebody took out of the registry: an owner's data was erased. Never rejects. */
  reload(): Promise<void>;
  /** Goes on with what was kept, and with the journal. */
  start(): Promise<void>;
  /** Ends tries that are under way (5 s at most); what waits stays kept. */
  close(): Promise<void>;
}
