import type { Notifier } from '../../model/alert-rule.ts';
import { type Outgoing, typeOf } from './outgoing.ts';
import { renderLine } from './render-text.ts';
import type { Sender } from './sender.ts';
import { renderSyslog, type SyslogEntry } from './syslog-format.ts';
import { createSyslogLine, type SyslogLine } from './syslog-line.ts';

export type Syslog = Extract<Notifier, { readonly kind: 'syslog' }>;

/** Bytes of a message: what every receiver of datagrams should take (RFC 5424, 6.1), and what rsyslog takes otherwise. */
const most = { udp: 2_048, unix: 2_048, tcp: 8_000, tls: 8_000 };

/** Renders for the way that it goes. */
export function renderFor({ transport }: Syslog, entry: SyslogEntry): string {
  return renderSyslog(entry, most[transport]);
}

function alertEntry(message: Outgoing): SyslogEntry {
  const { id, at, host, site, stage, alert } = message;
  const { rule, severity, owner: lookedAfterBy, since, count, subject } = alert;
  return {
    facility: 'daemon',
    severity: stage === 'over' ? 'notice' : severity,
    at,
    host,
    type: typeOf(message),
    element: 'alert',
    values: {
      id,
      site,
      alert: alert.id,
      stage: stage.replace(' ', '-'),
      rule,
      severity,
      ...subject,
      lookedAfterBy,
      since: new Date(since).toISOString(),
      count,
    },
    text: renderLine(message),
  };
}

export function syslogSender(syslog: Syslog): Sender {
  let line: SyslogLine | undefined;
  return {
    takes: 'many',
    async send(messages, signal) {
      line ??= createSyslogLine(syslog);
      await line.write(
        messages.map((message) => renderFor(syslog, alertEntry(message))),
        signal,
      );
      return undefined;
    },
    close() {
      line?.close();
    },
  };
}
