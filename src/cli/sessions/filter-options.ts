import { type Command, InvalidArgumentError } from 'commander';
import type { SessionFilter } from '../../client/sessions.ts';
import { AppError, isAppError } from '../../errors/app-error.ts';
import { parseLabel } from '../../model/names.ts';
import { parseProtocol } from '../../model/protocols.ts';
import { parseDuration } from '../../model/quantity.ts';
import { sessionDirections } from '../../model/session-words.ts';
import { parseSubnet } from '../../model/subnet.ts';
import { argument, wholeNumber } from '../command-options.ts';

interface Condition {
  readonly value: string;
  readonly text: string;
  /** Throws what cannot be meant. */
  readonly read: (text: string) => string | number;
}

/** Reads a text and keeps it as it is: the daemon reads it again. */
const kept =
  (parse: (text: string) => unknown) =>
  (text: string): string => {
    argument(parse)(text);
    return text;
  };

function readDirection(text: string): string {
  if ((sessionDirections as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is none of ${sessionDirections.join(', ')}.`);
}

const conditions: Readonly<Record<keyof SessionFilter, Condition>> = {
  guest: { value: 'name', text: 'only sessions of this guest', read: kept(parseLabel) },
  owner: { value: 'name', text: 'only of guests of this owner', read: kept(parseLabel) },
  segment: { value: 'name', text: 'only of NICs in this segment', read: kept(parseLabel) },
  forward: { value: 'id', text: 'only what came by this forward, such as tcp/8080', read: String },
  protocol: { value: 'name', text: 'tcp, udp, icmp, … or a number', read: kept(parseProtocol) },
  state: { value: 'name', text: 'established, time-wait, …; half-open; unreplied, replied, assured', read: String },
  direction: { value: 'way', text: sessionDirections.join(', '), read: readDirection },
  peer: { value: 'address', text: 'only with this address or network at the other end', read: kept(parseSubnet) },
  port: { value: 'number', text: 'only with this port at any end', read: wholeNumber(1, 65_535) },
  older: { value: 'duration', text: 'only what began longer ago, such as 1h', read: argument(parseDuration) },
  younger: { value: 'duration', text: 'only what began since then', read: argument(parseDuration) },
};

/** What an action gets of the options that `withFilter` adds. */
export type FilterOptions = SessionFilter;

/** Adds an option for each condition. */
export function withFilter(command: Command): Command {
  for (const [name, { value, text, read }] of Object.entries(conditions)) {
    command.option(`--${name} <${value}>`, text, read);
  }
  return command;
}

/** The conditions among the options. */
export function filterOf(options: FilterOptions): SessionFilter {
  const given = Object.keys(conditions).map((key) => [key, options[key as keyof SessionFilter]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Reads `guest web1 port 443`, with or without the dashes of options. Throws `value-invalid`. */
export function parseFilterLine(line: string): SessionFilter {
  const words = line.split(/[\s=]+/).filter((word) => word !== '');
  const filter: Record<string, string | number> = {};
  for (let at = 0; at < words.length; at += 2) {
    const name = (words[at] as string).replace(/^--/, '');
    const word = words[at + 1];
    if (!Object.hasOwn(conditions, name)) {
      throw new AppError('value-invalid', `${JSON.stringify(name)} is none of ${Object.keys(conditions).join(', ')}`);
    }
    if (word === undefined) throw new AppError('value-invalid', `after ${JSON.stringify(name)} there is nothing`);
    try {
      filter[name] = conditions[name as keyof SessionFilter].read(word);
    } catch (error) {
      if (isAppError(error) || !(error instanceof InvalidArgumentError)) throw error;
      throw new AppError('value-invalid', error.message, { cause: error });
    }
  }
  return filter;
}

/** A filter as `parseFilterLine` reads it. */
export function renderFilterLine(filter: SessionFilter): string {
  return Object.entries(filter)
    .map(([name, value]) => `${name} ${name === 'older' || name === 'younger' ? `${value}s` : value}`)
    .join(' ');
}
