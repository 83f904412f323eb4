import type { Command } from 'commander';
import type { LeaseAnswer, LeaseItem, LeaseRequest } from '../../client/macs.ts';
import { AppError } from '../../errors/app-error.ts';
import { wholeNumber } from '../command-options.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { parseNicName } from '../nic-argument.ts';
import { paint, plain, print, printJson } from '../output.ts';
import { printSome } from '../render-leases.ts';

interface LeaseOptions extends MacOptions, Omit<LeaseItem, 'guest' | 'nic'> {
  count?: number;
  from?: string;
  request?: string;
  probe?: boolean;
  adopt?: boolean;
  csv?: boolean;
}

const ofOne = ['uuid', 'mac', 'ip4', 'ip6'] as const;
const ofAll = ['pool', 'segment', 'owner', 'host', 'comment', 'probe', 'adopt'] as const;

function given<K extends keyof LeaseOptions>(
  options: LeaseOptions,
  keys: readonly K[],
): Partial<Pick<LeaseOptions, K>> {
  const entries = keys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]]));
  return Object.fromEntries(entries) as Partial<Pick<LeaseOptions, K>>;
}

async function requestOf(nics: readonly string[], options: LeaseOptions): Promise<LeaseRequest> {
  const sources = [nics.length > 0, options.count !== undefined, options.from !== undefined].filter(Boolean);
  const single = given(options, ofOne);
  const [option] = Object.keys(single);
  if (sources.length > 1) {
    throw new AppError('value-invalid', 'NICs, --count and --from exclude each other; expected one of them.');
  }
  if (option !== undefined && (nics.length > 1 || options.count !== undefined || options.from !== undefined)) {
    throw new AppError(
      'value-invalid',
      `--${option} says something of one address; expected one NIC beside it, or none.`,
    );
  }
  const common = {
    ...given(options, ofAll),
    ...(options.request === undefined ? {} : { requestKey: options.request }),
  };
  if (options.count !== undefined) return { ...common, count: options.count };
  if (options.from !== undefined) {
    const { readNics } = await import('../read-nics.ts');
    return { ...common, items: await readNics(options.from) };
  }
  const items = nics.length === 0 ? [single] : nics.map((nic) => ({ ...parseNicName(nic), ...single }));
  return { ...common, items };
}

/** Leases on stdout; what is to be known besides on stderr. */
export function printLeased({ leases, warnings }: LeaseAnswer, options: { json?: boolean; csv?: boolean }): void {
  if (options.json) {
    printJson({ leases, warnings });
    return;
  }
  printSome(leases, options.csv);
  for (const { portBlock, port } of options.csv ? [] : leases.slice(0, 1)) {
    if (leases.length === 1 && portBlock !== undefined) print(`port ${port ?? '-'}, port block ${portBlock}`);
  }
  for (const warning of warnings) process.stderr.write(`${paint('yellow', 'warning')}: ${plain(warning)}\n`);
}

async function runLease(nics: string[], options: LeaseOptions): Promise<void> {
  const request = await requestOf(nics, options);
  await withDaemon(options, async (client) => printLeased(await client.macs.lease(request), options));
}

export function define(mac: Command): void {
  const command = mac
    .command('lease')
    .description(
      'lease MAC addresses, with IP addresses in a segment: all or none, and the same again for the same NIC',
    )
    .argument('[nic...]', 'guest and index, such as web1/0; web1 is web1/0; none: an address for no NIC')
    .option('--pool <name>', 'pool to lease from; default: that of the segment, else the first')
    .option('--segment <name>', 'segment of the NIC: it gets IP addresses too')
    .option('--owner <label>', 'whose it is')
    .option('--host <label>', 'host that it is on, for sub-pools by host')
    .option('--uuid <uuid>', 'identity of the guest, for pools whose strategy is hashed')
    .option('--mac <address>', 'this very MAC address, in a pool or not')
    .option('--ip4 <address>', 'this very IPv4 address')
    .option('--ip6 <address>', 'this very IPv6 address')
    .option('--count <number>', 'instead of NICs: so many addresses', wholeNumber(1, 100_000))
    .option('--from <file>', 'instead of NICs: a JSON list of them; - is stdin')
    .option('--comment <text>', 'why')
    .option('--request <key>', 'idempotency key: the same key and request give the same answer again')
    .option('--probe', 'ask in the segment whether somebody uses an address before it is given')
    .option('--adopt', '--mac shows up on the wire already: that is the machine which shall have it')
    .option('--csv', 'print the result as CSV');
  withMacClient(command, 'bridgekeeper mac lease web1/0 --segment dev --owner team-a').action(runLease);
}
