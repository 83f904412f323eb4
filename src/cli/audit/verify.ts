import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Command, InvalidArgumentError } from 'commander';
import type { AuditVerdict } from '../../client/audit.ts';
import { AppError, isAppError } from '../../errors/app-error.ts';
import { type MacOptions, withDaemon, withMacClient } from '../mac-client.ts';
import { paint, plain, print, printJson } from '../output.ts';
import { reasonOf } from '../read-input.ts';

interface VerifyOptions extends MacOptions {
  head?: string;
}

function parseHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not a hash of 64 hexadecimal digits.`);
}

/** An export need not begin with the first entry, and nobody but the registry knows where the journal ends. */
async function verifyFile(path: string, head: string | undefined): Promise<AuditVerdict> {
  const { ChainVerifier } = await import('../../model/journal/verify-chain.ts');
  const { parseExportLine } = await import('../../model/journal/parse-export.ts');
  const verifier = new ChainVerifier();
  let number = 0;
  let headFound = head === undefined;
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line === '') continue;
      const record = parseExportLine(line, number);
      headFound ||= record.hash === head;
      verifier.add(record);
    }
  } catch (error) {
    if (isAppError(error)) throw error;
    throw new AppError('value-invalid', `File ${JSON.stringify(path)} cannot be read: ${reasonOf(error)}.`);
  }
  if (verifier.count === 0) throw new AppError('value-invalid', `File ${JSON.stringify(path)} holds no entry.`);
  const { faults, more } = verifier.finish({ partial: true });
  if (!headFound)
    faults.push({
      fault: 'cut',
      entries: '',
      text: `no entry has the hash "${head}" that was kept: the file was cut or altered`,
    });
  return { whole: faults.length === 0, head: verifier.head, entries: verifier.count, faults, more };
}

function printVerdict(verdict: AuditVerdict, what: string): void {
  const { whole, head, entries, faults, more } = verdict;
  if (whole) {
    print(`${what} is whole: ${entries} entries, the last is ${head.id}.`, `head ${head.hash}`);
    return;
  }
  print(`${paint('red', `${what} is not what was written.`, process.stdout)} ${entries} entries were looked at.`);
  print(...faults.map(({ fault, text }) => plain(`  ${fault.padEnd(10)}  ${text}`)));
  if (more > 0) print(`  and ${more} more`);
}

async function runVerify(file: string | undefined, options: VerifyOptions): Promise<void> {
  const verdict =
    file === undefined
      ? await withDaemon(options, (client) => client.audit.verify(options.head))
      : await verifyFile(file, options.head);
  if (!verdict.whole) process.exitCode = 1;
  if (options.json) return printJson(verdict);
  printVerdict(verdict, file === undefined ? 'The journal' : `The journal in ${JSON.stringify(file)}`);
  if (file !== undefined && verdict.faults.some(({ fault }) => fault === 'missing')) {
    print(
      'An export of some entries only (--kind, --owner, …) lacks the others: export all of them to have the chain checked.',
    );
  }
}

export function define(audit: Command): void {
  const command = audit
    .command('verify')
    .description(
      'find any entry of the journal that was altered, is missing or was put in; exit status 1 if there is one',
    )
    .argument('[file]', 'check an export in JSON Lines instead of the registry')
    .option('--head <hash>', 'head that you kept from an earlier run: it must still be there', parseHash);
  withMacClient(command, 'bridgekeeper audit verify').action(runVerify);
}
