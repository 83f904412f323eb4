import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import type { RotateRequest, RotationView } from '../../client/rotations.ts';
import { AppError } from '../../errors/app-error.ts';
import { parseLabel } from '../../model/names.ts';
import { parseDuration } from '../../model/quantity.ts';
import { agreed } from '../ask.ts';
import { argument, wholeNumber } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { type NicName, parseNicName } from '../nic-argument.ts';
import { plain, print, printJson } from '../output.ts';
import { renderRotations } from '../render-rotations.ts';

interface RotateOptions extends MacOptions {
  owner?: string;
  segment?: string;
  overlap?: number;
  grace?: number;
  atMost?: number;
  wait?: boolean;
  list?: boolean;
  back?: boolean;
  moved?: boolean;
  yes?: boolean;
}

const lookEvery = 500;

const idOf = ({ guest, nic }: NicName | RotationView): string => `${guest}/${nic}`;

async function listRotations(client: Client, json: boolean | undefined): Promise<void> {
  const rotations = await client.rotations.list();
  if (json) return printJson(rotations);
  print(...(rotations.length === 0 ? ['No NIC rotates.'] : renderRotations(rotations)));
}

/** For each NIC: the answer of the daemon, one after the other. */
async function forEach(
  nics: readonly NicName[],
  options: RotateOptions,
  call: (nic: NicName) => Promise<RotationView>,
  say: (view: RotationView) => string,
): Promise<void> {
  if (nics.length === 0) throw new AppError('value-invalid', 'No NIC is named; expected one such as "web1/0".');
  const views: RotationView[] = [];
  for (const nic of nics) {
    const view = await call(nic);
    views.push(view);
    if (!options.json) print(say(view));
  }
  if (options.json) printJson(views);
}

/** Waits until none of them rotates any more; answers those that failed. */
async function waitFor(
  client: Client,
  ids: ReadonlySet<string>,
  tell: (text: string) => void,
): Promise<RotationView[]> {
  const told = new Map<string, string>();
  for (;;) {
    const rotations = (await client.rotations.list()).filter((one) => ids.has(idOf(one)));
    for (const one of rotations) {
      if (told.get(idOf(one)) === one.phase) continue;
      told.set(idOf(one), one.phase);
      if (one.phase === 'moved') tell(`NIC ${idOf(one)} has moved from ${one.from} to ${one.to}.`);
    }
    if (rotations.every(({ phase }) => phase === 'failed')) return rotations;
    await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
}

async function begin(client: Client, nics: readonly NicName[], options: RotateOptions): Promise<void> {
  const { owner, segment, overlap, grace, atMost } = options;
  const given = [nics.length > 0, owner !== undefined, segment !== undefined].filter(Boolean).length;
  if (given !== 1) {
    throw new AppError(
      'value-invalid',
      'What shall rotate is not clear; expected NICs, --owner or --segment, one of them.',
    );
  }
  const many = owner === undefined ? `in segment "${segment}"` : `of owner "${owner}"`;
  const refusal =
    'rotate asks before it changes the MAC addresses of many NICs, and there is nobody to ask: add --yes.';
  if (nics.length === 0 && !(await agreed(options, `Every NIC ${many} gets a new MAC address.`, refusal))) {
    process.exitCode = 1;
    return print('Nothing was changed.');
  }
  const request: RotateRequest = {
    ...(nics.length > 0 ? { nics } : owner === undefined ? { segment: segment ?? '' } : { owner }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(grace === undefined ? {} : { grace }),
    ...(atMost === undefined ? {} : { atMost }),
  };
  const answer = await client.rotations.rotate(request);
  if (!options.json) print(...renderRotations(answer.rotations), ...answer.skipped.map(plain));
  const failed = options.wait
    ? await waitFor(client, new Set(answer.rotations.map(idOf)), (text) => {
        if (!options.json) print(text);
      })
    : [];
  if (options.json) printJson(options.wait ? { ...answer, failed } : answer);
  else {
    for (const one of failed) print(plain(`NIC ${idOf(one)} keeps ${one.from}: ${one.error ?? ''}`));
    if (options.wait && failed.length === 0) print('Done: the old addresses have retired.');
  }
  if (failed.length > 0) process.exitCode = 1;
}

async function runRotate(nics: NicName[], options: RotateOptions): Promise<void> {
  return withDaemon(options, (client) => runWith(client, nics, options));
}

async function runWith(client: Client, nics: readonly NicName[], options: RotateOptions): Promise<void> {
  if (options.list) return listRotations(client, options.json);
  if (options.back) {
    return forEach(
      nics,
      options,
      ({ guest, nic }) => client.rotations.back(guest, nic),
      (view) => `NIC ${idOf(view)} keeps ${view.from}.`,
    );
  }
  if (options.moved) {
    return forEach(
      nics,
      options,
      ({ guest, nic }) => client.rotations.moved(guest, nic),
      (view) =>
        `NIC ${idOf(view)} has ${view.to}; ${view.from} retires ${view.source === 'request' ? 'after' : 'when it was silent for'} ${view.grace} s.`,
    );
  }
  return begin(client, nics, options);
}

export function define(program: Command): void {
  const command = program
    .command('rotate')
    .description('give NICs new MAC addresses while they go on working')
    .argument('[nic...]', 'NICs such as web1/0', (text, before: NicName[] | undefined) => [
      ...(before ?? []),
      argument(parseNicName)(text),
    ])
    .option('--owner <name>', 'every NIC of this owner, by the site or by `mac lease`', argument(parseLabel))
    .option('--segment <name>', 'every NIC in this segment', argument(parseLabel))
    .option('--overlap <duration>', 'how long both addresses may be used at most', argument(parseDuration))
    .option('--grace <duration>', 'how long the old address must be silent before it retires', argument(parseDuration))
    .option('--at-most <number>', 'NICs that wait for their guest to move at the same time', wholeNumber(1))
    .option('--wait', 'wait until the old addresses have retired')
    .option('--list', 'list the rotations that wait, are under way or failed')
    .option('--back', 'go back to the old address, or forget a rotation that failed')
    .option('--moved', 'say that the guest uses its new address, where the host cannot hear it')
    .option('--yes', 'do not ask');
  withMacClient(command, 'bridgekeeper rotate web1/0 --overlap 1h --grace 1m --wait').action(
    (nics: NicName[] | undefined, options: RotateOptions) => runRotate(nics ?? [], options),
  );
}
