import type { Command } from 'commander';
import type { ReleaseAnswer, ReleaseRequest } from '../../client/macs.ts';
import { AppError } from '../../errors/app-error.ts';
import { agreed } from '../ask.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { parseMacOrNic } from '../nic-argument.ts';
import { print, printJson, renderTime } from '../output.ts';
import { renderLeases } from '../render-leases.ts';

interface ReleaseOptions extends MacOptions {
  owner?: string;
  request?: string;
  now?: boolean;
  yes?: boolean;
}

/** Leases that are shown one by one; of more, only how many there are. */
const shown = 20;

function requestOf(what: readonly string[], { owner, request, now }: ReleaseOptions): ReleaseRequest {
  const names = what.map(parseMacOrNic);
  if (names.length === 0 && owner === undefined && request === undefined) {
    throw new AppError(
      'value-invalid',
      'Nothing is named that shall be released; expected MAC addresses, NICs, --owner or --request.',
    );
  }
  return {
    macs: names.flatMap((name) => ('mac' in name ? [name.mac] : [])),
    nics: names.flatMap((name) => ('mac' in name ? [] : [name])),
    ...(owner === undefined ? {} : { owner }),
    ...(request === undefined ? {} : { requestKey: request }),
    ...(now ? { now } : {}),
  };
}

const addresses = (count: number): string => (count === 1 ? '1 address' : `${count} addresses`);

function describe({ released, kept }: ReleaseAnswer, verb: string, now = false): string[] {
  const lines = released.length > shown ? [] : renderLeases(released);
  const rests = released.map(({ freeAt, state }) => (state === 'quarantined' ? (freeAt ?? 0) : 0));
  const until = now ? 0 : Math.max(0, ...rests.slice(0, shown));
  const rest =
    until > 0 ? `; nobody else gets ${released.length === 1 ? 'it' : 'them'} before ${renderTime(until)}` : '';
  return [
    ...(released.length === 0 ? [] : lines),
    `${addresses(released.length)} ${verb}${rest}.`,
    ...(kept.length === 0
      ? []
      : [`${addresses(kept.length)} of NICs of the site kept: only a change of the site ends those leases.`]),
  ];
}

async function runRelease(what: string[], options: ReleaseOptions): Promise<void> {
  const request = requestOf(what, options);
  await withDaemon(options, async (client) => {
    if (options.now && !options.yes) {
      const plan = await client.macs.release({ ...request, dryRun: true });
      if (!options.json) print(...describe(plan, 'would be free at once, without quarantine', true));
      const question =
        'Who still has such an address in a DHCP lease, a neighbour cache or a switch table then reaches whoever gets it next.';
      const refusal =
        'release --now asks before it frees addresses without quarantine, and there is nobody to ask: add --yes.';
      if (!(await agreed(options, question, refusal))) {
        process.exitCode = 1;
        return print('Nothing was changed.');
      }
    }
    const answer = await client.macs.release(request);
    if (options.json) return printJson(answer);
    print(...describe(answer, options.now ? 'freed at once' : 'released', options.now));
  });
}

export function define(mac: Command): void {
  const command = mac
    .command('release')
    .description('end leases: all that are named or none; the addresses rest for the quarantine of their pool')
    .argument('[what...]', 'MAC addresses and NICs')
    .option('--owner <label>', 'all leases of an owner, but for those of NICs of the site')
    .option('--request <key>', 'all leases that were made under a request key')
    .option('--now', 'free at once, without quarantine; asks first')
    .option('--yes', 'do not ask');
  withMacClient(command, 'bridgekeeper mac release web1/0').action(runRelease);
}
