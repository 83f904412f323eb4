import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { AlertView } from '../../reconciler/alerts/contract.ts';
import type { AlertMessage, Stage } from './contract.ts';
import { oneLine } from './not-told.ts';

/** One message for one notifier, as it is kept. */
export interface Outgoing {
  /** Letters, digits, `-` and `.`; the same for every try, another one for every other message of any host. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly host: string;
  /** Name of the site. */
  readonly site?: string;
  readonly stage: Stage | 'test';
  readonly alert: AlertView;
}

/** Characters that one text of an alert may have; nobody reads more, and 10,000 messages have to fit into memory. */
const longestText = 2_000;

/** The alert with texts of bounded length, each on one line. */
function bounded(alert: AlertView): AlertView {
  const short = (text: string | undefined, name: string) =>
    text === undefined ? {} : { [name]: oneLine(text, longestText) };
  return {
    ...alert,
    text: oneLine(alert.text, longestText),
    ...short(alert.seen, 'seen'),
    ...short(alert.expected, 'expected'),
    ...short(alert.done, 'done'),
  };
}

/** Who tells. */
interface Teller {
  readonly host: string;
  readonly site?: string;
}

export function tellerOf(site: string | undefined): Teller {
  return { host: hostname(), ...(site === undefined ? {} : { site }) };
}

const idPart = (host: string): string => host.replace(/[^A-Za-z0-9.-]/g, '-');

export function outgoingOf({ alert, stage, at }: AlertMessage, teller: Teller): Outgoing {
  const moment = stage === 'goes on' ? at : ((stage === 'fires' ? alert.firedAt : alert.resolvedAt) ?? at);
  // What fires again because it grew worse is another message.
  const time = moment.toString(36) + (stage === 'fires' ? alert.severity.charAt(0) : '');
  const id = [idPart(teller.host), alert.id, stage.replace(' ', '-'), time].join('-');
  return { id, at, ...teller, stage, alert: bounded(alert) };
}

/** What a test says. */
export function testMessage(at: number, teller: Teller): Outgoing {
  const alert: AlertView = {
    id: 0,
    rule: 'test',
    when: 'service',
    severity: 'info',
    subject: {},
    state: 'firing',
    text: 'this is a test of the notifier; nothing is wrong',
    since: at,
    firedAt: at,
    count: 1,
  };
  return { id: `${idPart(teller.host)}-test-${at.toString(36)}`, at, ...teller, stage: 'test', alert };
}

/** One id for several messages that are told as one: the same messages give the same id. */
export function idOfAll(messages: readonly Outgoing[]): string {
  const [first] = messages;
  if (first !== undefined && messages.length === 1) return first.id;
  const digest = createHash('sha256').update(messages.map(({ id }) => id).join('\n'));
  return `digest-${digest.digest('hex').slice(0, 32)}`;
}

/** `alert.fires`, `alert.goes-on`, `alert.over`, `test`. */
export function typeOf({ stage }: Outgoing): string {
  return stage === 'test' ? 'test' : `alert.${stage.replace(' ', '-')}`;
}

/** The message as JSON, for webhooks and commands: the alert as the API shows it. */
export function renderJson(message: Outgoing): string {
  const { id, at, host, site, alert } = message;
  return JSON.stringify({
    type: typeOf(message),
    timestamp: new Date(at).toISOString(),
    data: { id, site, host, alert },
  });
}
