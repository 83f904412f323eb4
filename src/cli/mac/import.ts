import { type Command, Option } from 'commander';
import type { Client } from '../../client/client.ts';
import { AppError } from '../../errors/app-error.ts';
import type { ImportedText, ImportFormat } from '../../importers/formats.ts';
import type { ImportAnswer, ImportItem } from '../../model/imported-nic.ts';
import { agreed } from '../ask.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { print, printJson } from '../output.ts';
import { readUpTo, reasonOf, titleOf } from '../read-input.ts';
import type { ImportReport } from '../render-import.ts';

interface ImportCommandOptions extends MacOptions {
  format?: ImportFormat;
  guest?: string;
  owner?: string;
  segment?: string;
  pool?: string;
  dryRun?: boolean;
  yes?: boolean;
  csv?: boolean;
}

/** NICs of one import at most; the API takes no more in one transaction. */
const mostItems = 100_000;

/** Names of the formats; they stand here, too, so that `--help` need not load the readers. A test holds both together. */
const formats = ['ip', 'libvirt', 'proxmox', 'incus', 'aws', 'aliyun', 'tccli', 'govc', 'hyper-v', 'netbox', 'csv'];

async function readFile(path: string, format: ImportFormat | undefined): Promise<ImportedText> {
  const { decodeImport, largestImport } = await import('../../importers/decode.ts');
  const { parseImport } = await import('../../importers/formats.ts');
  const title = JSON.stringify(titleOf(path));
  const bytes = await readUpTo(path, largestImport).catch((cause: unknown) => {
    throw new AppError('import-unreadable', `File ${title} cannot be read: ${reasonOf(cause)}.`, { cause });
  });
  if (bytes.length > largestImport) {
    throw new AppError('import-unreadable', `File ${title} is larger than ${largestImport} bytes; import it in parts.`);
  }
  return parseImport(decodeImport(bytes), format);
}

/** Items whose address lies in the range of the pool. */
async function withinPool(client: Client, items: ImportItem[], name: string | undefined): Promise<ImportItem[]> {
  if (name === undefined) return items;
  const pools = await client.macs.pools();
  const pool = pools.find((candidate) => candidate.name === name);
  if (pool === undefined) {
    const { nearestName } = await import('../../model/nearest-name.ts');
    const near = nearestName(
      name,
      pools.map((candidate) => candidate.name),
    );
    const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    throw new AppError('not-found', `There is no pool ${JSON.stringify(name)}${hint}`);
  }
  const { macRangeHolds, parseMacRange } = await import('../../model/mac-range.ts');
  const { parseMacAddress } = await import('../../model/mac-address.ts');
  const range = parseMacRange(pool.range);
  return items.filter(({ mac }) => macRangeHolds(range, parseMacAddress(mac)));
}

async function printReport(report: ImportReport, options: ImportCommandOptions): Promise<void> {
  if (options.json) return printJson(report);
  const { renderImport, renderImportCsv } = await import('../render-import.ts');
  print(...(options.csv ? renderImportCsv(report) : renderImport(report)));
}

function renderTaken({ outcomes }: ImportReport): string {
  const count = outcomes.filter(({ outcome }) => outcome === 'taken').length;
  return `Took over ${count} ${count === 1 ? 'address' : 'addresses'}.`;
}

/** Something of the text is not in the registry. */
function noteGaps({ outcomes, mistakes }: ImportReport): void {
  if (mistakes.length > 0 || outcomes.some(({ outcome }) => outcome === 'conflict')) process.exitCode = 1;
}

async function runImport(path: string, options: ImportCommandOptions): Promise<void> {
  const read = await readFile(path, options.format);
  const { importItems } = await import('../../importers/import-items.ts');
  const all = importItems(read, options);
  if (all.length > mostItems) {
    throw new AppError(
      'import-unreadable',
      `File ${JSON.stringify(titleOf(path))} has ${all.length} NICs, and one import takes ${mostItems} at most; import it in parts.`,
    );
  }
  await withDaemon(
    options,
    async (client) => {
      const items = await withinPool(client, all, options.pool);
      const ask = async (dryRun: boolean): Promise<ImportAnswer> =>
        items.length === 0 ? { dryRun, outcomes: [] } : client.macs.import({ items, dryRun, skipConflicts: true });
      const reportOf = ({ dryRun, outcomes }: ImportAnswer): ImportReport => ({
        format: read.format,
        dryRun,
        outcomes: outcomes.map((outcome, i) => {
          const { guest, nic } = items[i] ?? {};
          return { ...outcome, ...(guest === undefined ? {} : { guest, nic: nic ?? 0 }) };
        }),
        mistakes: read.mistakes,
        outside: all.length - items.length,
        withoutSegment:
          options.segment === undefined
            ? read.nics.filter(({ ipv4, ipv6, segment }) => segment === undefined && ipv4.length + ipv6.length > 0)
                .length
            : 0,
      });
      const plan = reportOf(await ask(true));
      const taken = plan.outcomes.filter(({ outcome }) => outcome === 'taken').length;
      if (options.dryRun || taken === 0) {
        await printReport({ ...plan, dryRun: options.dryRun === true }, options);
        return noteGaps(plan);
      }
      // People see what will happen before they are asked; machines get one document.
      const machine = options.json || options.csv;
      if (!machine) await printReport(plan, options);
      const addresses = taken === 1 ? 'This address is' : `These ${taken} addresses are`;
      const refusal =
        'mac import asks before it takes addresses over, and there is nobody to ask: add --yes, or --dry-run.';
      if (!(await agreed(options, `${addresses} held by the registry from then on.`, refusal))) {
        process.exitCode = 1;
        return print('Nothing was changed.');
      }
      const done = reportOf(await ask(false));
      if (machine) await printReport(done, options);
      else print('', renderTaken(done));
      noteGaps(done);
    },
    true,
  );
}

export function define(mac: Command): void {
  const command = mac
    .command('import')
    .description('take over addresses that exist already, from what other tools print; says first what it would do')
    .argument('<file>', 'output of the tool; - for stdin')
    .addOption(new Option('--format <name>', 'format of the text; recognised by what stands in it').choices(formats))
    .option('--guest <name>', 'guest of the NICs for which the text names none')
    .option('--owner <label>', 'owner of all of them; default: what the text says')
    .option('--segment <name>', 'segment that all of them are in; takes their IP addresses over, too')
    .option('--pool <name>', 'leave out addresses that do not lie in this pool')
    .option('--dry-run', 'only say what would happen')
    .option('--yes', 'do not ask')
    .option('--csv', 'print the result as CSV');
  withMacClient(command, 'virsh dumpxml web1 | bridgekeeper mac import - --owner team-a --yes').action(runImport);
}
