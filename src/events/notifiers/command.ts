import type { Notifier } from '../../model/alert-rule.ts';
import { refuseForeignProgram } from '../../system/foreign-program.ts';
import { runCommand } from '../../system/run-command.ts';
import { type Outgoing, renderJson, typeOf } from './outgoing.ts';
import { renderLine } from './render-text.ts';
import type { Sender } from './sender.ts';

type Command = Extract<Notifier, { readonly kind: 'command' }>;

const longestRun = 30_000;
/** Bytes that it may print. */
const mostOutput = 65_536;

/** BRIDGEKEEPER_STAGE and so on; what is not known is not there. */
function environmentOf(message: Outgoing): Record<string, string> {
  const { id, host, site, alert } = message;
  const { subject, severity, rule, text, seen, expected, done, owner } = alert;
  const words = {
    ID: id,
    TYPE: typeOf(message),
    HOST: host,
    SITE: site,
    ALERT: String(alert.id),
    SEVERITY: severity,
    RULE: rule,
    TEXT: text,
    LINE: renderLine(message),
    SEEN: seen,
    EXPECTED: expected,
    DONE: done,
    RULE_OWNER: owner,
    ...Object.fromEntries(Object.entries(subject).map(([name, value]) => [name.toUpperCase(), value])),
  };
  const known = Object.entries(words).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([name, value]) => [`BRIDGEKEEPER_${name}`, value.replaceAll('\0', '')]));
}

/** A program of the administrator, which gets the message as JSON and in its environment. Exit status 0: it is told. */
export function commandSender({ program }: Command): Sender {
  return {
    takes: 'each',
    async send(messages, signal) {
      for (const message of messages) {
        await refuseForeignProgram(program, 'program');
        await runCommand([program], {
          input: `${renderJson(message)}\n`,
          timeoutMs: longestRun,
          mostOutput,
          signal,
          env: { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C', ...environmentOf(message) },
        });
      }
      return undefined;
    },
    close() {},
  };
}
