import type { Notifier } from '../../model/alert-rule.ts';
import type { Clock } from '../../system/clock.ts';
import { chatSender } from './chat.ts';
import { commandSender } from './command.ts';
import { emailSender } from './email.ts';
import type { Outgoing } from './outgoing.ts';
import { syslogSender } from './syslog.ts';
import { webhookSender } from './webhook.ts';

/** One way to tell somebody. */
export interface Sender {
  /** `each`: one message at a time. `many`: several at a time. `digest`: several at a time become one that sums them up. */
  readonly takes: 'each' | 'many' | 'digest';
  /**
   * Resolves once whoever is told has taken all of them, with what was amiss all the same. Rejects with NotTold, or with
   * any other error, when not all were taken; the same messages are then tried again. Ends soon after `signal`.
   */
  send(messages: readonly Outgoing[], signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

export function createSender(notifier: Notifier, clock: Clock): Sender {
  switch (notifier.kind) {
    case 'webhook':
      return webhookSender(notifier, clock);
    case 'chat':
      return chatSender(notifier);
    case 'email':
      return emailSender(notifier);
    case 'syslog':
      return syslogSender(notifier);
    case 'command':
      return commandSender(notifier);
  }
}
