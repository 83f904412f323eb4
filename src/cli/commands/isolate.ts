import type { Command } from 'commander';
import type { IsolationOrder, IsolationView } from '../../client/isolation.ts';
import { AppError } from '../../errors/app-error.ts';
import { parseRate } from '../../model/quantity.ts';
import { argument, type ClientOptions, connect, durationBetween, withClient } from '../command-options.ts';
import { parseNicName } from '../nic-argument.ts';
import { plain, print, printJson, renderTable, renderTime } from '../output.ts';

interface IsolateOptions extends ClientOptions {
  for?: number;
  limit?: string;
  reason?: string;
  undo?: boolean;
}

/** `web1` is the whole guest here, `web1/1` one of its NICs. */
type Choice = Pick<IsolationOrder, 'guest' | 'nic'>;

function parseChoice(text: string): Choice {
  const { guest, nic } = parseNicName(text);
  return text.includes('/') ? { guest, nic } : { guest };
}

function parseLimit(text: string): string {
  parseRate(text);
  return text;
}

function renderIsolations(views: readonly IsolationView[]): string[] {
  const rows = views.map(({ nic, port, owner, limit, until, who, dropped, reason }) => [
    nic,
    port ?? '-',
    owner ?? '-',
    limit ?? 'nothing',
    renderTime(until),
    String(dropped),
    who,
    reason,
  ]);
  return renderTable(['NIC', 'port', 'owner', 'passes', 'until', '>dropped', 'by', 'reason'], rows);
}

async function runIsolate(choice: Choice | undefined, options: IsolateOptions): Promise<void> {
  const client = await connect(options);
  if (choice === undefined) {
    if (options.undo || options.for !== undefined || options.limit !== undefined) {
      throw new AppError(
        'value-invalid',
        'Which NIC is meant is not clear; expected a guest or a NIC, such as `bridgekeeper isolate web1 --for 10m`.',
      );
    }
    const views = await client.isolation.list();
    if (options.json) return printJson(views);
    return print(...(views.length === 0 ? ['Nothing is isolated.'] : renderIsolations(views)));
  }
  if (options.undo) {
    const views = await client.isolation.undo(choice);
    if (options.json) return printJson(views);
    return print(
      ...views.map(({ nic, dropped }) =>
        plain(`NIC ${nic} is let go: ${dropped === 1 ? '1 frame was' : `${dropped} frames were`} dropped.`),
      ),
    );
  }
  const views = await client.isolation.isolate({
    ...choice,
    reason: options.reason ?? 'by hand',
    ...(options.for === undefined ? {} : { seconds: options.for }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  });
  if (options.json) return printJson(views);
  print(
    ...views.map(({ nic, until, limit, port }) => {
      const done = limit === undefined ? 'isolated' : `limited to ${limit}`;
      const later = port === undefined ? '; it is plugged in nowhere, and will be as soon as it is' : '';
      return plain(`NIC ${nic} is ${done} until ${renderTime(until)}${later}.`);
    }),
    plain(
      `Let it go with: bridgekeeper isolate ${choice.nic === undefined ? choice.guest : `${choice.guest}/${choice.nic}`} --undo`,
    ),
  );
}

export function define(program: Command): void {
  const command = program
    .command('isolate')
    .description(
      'cut a guest or a NIC off for a time, limit its frames, or let it go; without one, list those that are',
    )
    .argument('[nic]', 'guest such as web1, or one of its NICs such as web1/1', argument(parseChoice))
    .option('--for <duration>', 'end after this time: 10s to 30d (default 1h)', durationBetween('10s', '30d'))
    .option('--limit <rate>', 'let so many frames pass in each direction, such as 100/second', argument(parseLimit))
    .option('--reason <text>', 'why; it stands in the journal')
    .option('--undo', 'let it go');
  withClient(command, 'bridgekeeper isolate web1 --for 10m --reason "sends spam"').action(runIsolate);
}
