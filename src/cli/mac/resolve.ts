import type { Command } from 'commander';
import type { ResolveRequest } from '../../client/wire.ts';
import { AppError } from '../../errors/app-error.ts';
import { agreed } from '../ask.ts';
import { argument } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { parseNicName } from '../nic-argument.ts';
import { plain, print, printJson } from '../output.ts';

interface ResolveOptions extends MacOptions {
  rotate?: boolean;
  keep?: boolean;
  adopt?: ReturnType<typeof parseNicName>;
  forget?: boolean;
  yes?: boolean;
}

function requestOf(target: string, { rotate, keep, adopt, forget }: ResolveOptions): ResolveRequest {
  const ways = { rotate, keep, adopt: adopt && true, forget };
  const chosen = (['rotate', 'keep', 'adopt', 'forget'] as const).filter((way) => ways[way]);
  const [how, ...more] = chosen;
  if (more.length > 0) {
    throw new AppError('value-invalid', `--${chosen.join(' and --')} exclude each other; expected one of them.`);
  }
  return {
    target,
    ...(how === undefined ? {} : { how }),
    ...(adopt === undefined ? {} : { nic: `${adopt.guest}/${adopt.nic}` }),
  };
}

async function runResolve(target: string, options: ResolveOptions): Promise<void> {
  const request = requestOf(target, options);
  await withDaemon(options, async (client) => {
    const plan = await client.wire.resolve({ ...request, dryRun: true });
    if (!options.json) print(...plan.lines.map(plain));
    const refusal = 'resolve asks before it does what it said, and there is nobody to ask: add --yes.';
    if (!(await agreed(options, 'Shall this be done?', refusal))) {
      process.exitCode = 1;
      return print('Nothing was changed.');
    }
    const answer = await client.wire.resolve({ ...request, how: plan.how });
    if (options.json) return printJson(answer);
    print('Done.');
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('resolve')
    .description('say what a conflict or a stranger on the wire is; tells first what it will do, then asks')
    .argument('<target>', 'number of a conflict, or a MAC address')
    .option('--rotate', 'the NIC that leases the address gets another one (the default in a conflict)')
    .option('--keep', 'both places are the same machine, or it has moved: no more warnings')
    .option('--adopt <nic>', 'the stranger belongs to this NIC, which gets the lease', argument(parseNicName))
    .option('--forget', 'the stranger is gone from the wire: its address may be handed out again')
    .option('--yes', 'do not ask');
  withMacClient(command, 'bridgekeeper mac resolve 3 --rotate').action(runResolve);
}
