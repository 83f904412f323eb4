import { type Command, Option } from 'commander';
import type { EventFilter } from '../../client/events.ts';
import { AppError } from '../../errors/app-error.ts';
import { eventKinds, severities } from '../../model/event.ts';
import { parseMoment } from '../../model/moment.ts';
import { argument, type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';

interface EventsOptions extends ClientOptions {
  follow?: boolean;
  csv?: boolean;
  kind?: EventFilter['kinds'];
  severity?: EventFilter['atLeast'];
  guest?: string;
  owner?: string;
  segment?: string;
  port?: string;
  lasting?: boolean;
  since?: number;
  until?: number;
  limit?: number;
}

function filterOf(options: EventsOptions): EventFilter {
  const { kind: kinds, severity: atLeast, guest, owner, segment, port, lasting, since, until } = options;
  const given = { kinds, atLeast, guest, owner, segment, port, lasting, since, until };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function runEvents(options: EventsOptions): Promise<void> {
  if (options.follow && options.until !== undefined) {
    throw new AppError('value-invalid', 'What is followed has no end; expected --follow or --until, but not both.');
  }
  const client = await connect(options);
  const filter = filterOf(options);
  if (options.follow) {
    const { followEvents } = await import('../events/follow-events.ts');
    return followEvents(client, filter, options);
  }
  const { listEvents } = await import('../events/list-events.ts');
  return listEvents(client, filter, options);
}

export function define(program: Command): void {
  const time = argument((text: string) => parseMoment(text, Date.now()));
  const command = program
    .command('events')
    .description('what was noticed: violations, conflicts, limits, drift, services, resources, …; newest first')
    .option('--follow', 'then go on with what comes, until Ctrl-C; the oldest first')
    .addOption(new Option('--kind <kind...>', 'only of these kinds').choices(Object.keys(eventKinds)))
    .addOption(new Option('--severity <severity>', 'only what is at least so severe').choices([...severities]))
    .option('--guest <name>', 'only about this guest')
    .option('--owner <label>', 'only about guests of this owner')
    .option('--segment <name>', 'only about this segment')
    .option('--port <device>', 'only about this host-side device')
    .option('--lasting', 'only what goes on')
    .option('--since <time>', 'that began then or later: 2026-11-20, "2026-11-20 14:32" or how long ago, 3h', time)
    .option('--until <time>', 'that began before', time)
    .option('--limit <count>', 'so many at most, up to 10000; default 50, with --follow 10', wholeNumber(0, 10_000))
    .option('--csv', 'print the result as CSV');
  withClient(command, 'bridgekeeper events --follow --severity warning').action(runEvents);
}
