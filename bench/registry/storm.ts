import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { macToInteger, parseMacAddress } from '../../src/model/mac-address.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { readWriterLog, type WriterMemory } from './writer-log.ts';

export interface StormOptions {
  /** State directory, which the processes share. */
  readonly directory: string;
  readonly processes: number;
  /** Acknowledged leases and releases after which it ends. */
  readonly operations: number;
  /** The pools have 2^bits addresses. */
  readonly bits: number;
  /** Seconds after which it ends in any case. */
  readonly bound: number;
  readonly progress?: (text: string) => void;
}

export interface StormResult {
  readonly operations: number;
  readonly kills: number;
  readonly seconds: number;
  /** What must not be; empty when all promises held. */
  readonly broken: readonly string[];
}

const writersPerProcess = 4;
/** A storm in which nobody was killed would prove little. */
const leastKills = 5;

/**
 * Processes of four writers each lease, rotate and release on one registry, and one after the other is killed with
 * SIGKILL at random moments and started again. At the end every acknowledged lease is looked for, and every address
 * that is held twice.
 */
export async function runStorm(options: StormOptions): Promise<StormResult> {
  const { directory, processes, operations, bound } = options;
  const children = Array.from({ length: processes }, (_, index) => start(options, index));
  const begin = performance.now();
  const seconds = (): number => (performance.now() - begin) / 1000;
  let kills = 0;
  let done = 0;
  try {
    // Half of the time nobody is killed within, so that all of them write at once.
    for (let round = 0; (done < operations || kills < leastKills) && seconds() < bound; round++) {
      await sleep(300 + Math.random() * 2000);
      const victim = Math.floor(Math.random() * processes);
      const child = children[victim] as ChildProcess;
      if (child.exitCode !== null) throw new Error(`writer process ${victim} ended with ${child.exitCode}`);
      await end(child, 'SIGKILL');
      kills++;
      children[victim] = start(options, victim);
      done = logsOf(options).reduce((sum, log) => sum + log.operations, 0);
      if (round % 10 === 0) options.progress?.(`${done} of ${operations} operations, ${kills} kills`);
    }
    for (const child of children) child.stdin?.end();
    await Promise.all(children.map((child) => ended(child)));
  } finally {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
  const logs = logsOf(options);
  return {
    operations: logs.reduce((sum, log) => sum + log.operations, 0),
    kills,
    seconds: seconds(),
    broken: [...findBroken(directory, logs), ...(await findForged(directory))],
  };
}

function start({ directory, bits }: StormOptions, index: number): ChildProcess {
  const script = join(import.meta.dirname, 'writer.ts');
  return spawn(process.execPath, [script, directory, `w${index}`, String(bits)], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error(`a writer process ended with ${child.exitCode ?? child.signalCode}`);
}

function logsOf({ directory, processes }: StormOptions): WriterMemory[] {
  return Array.from({ length: processes * writersPerProcess }, (_, i) =>
    readWriterLog(join(directory, `w${Math.floor(i / writersPerProcess)}-${i % writersPerProcess}.log`)),
  );
}

interface Row {
  id: number;
  mac: number;
  ended: number;
}

function findBroken(directory: string, logs: readonly WriterMemory[]): string[] {
  const database = new DatabaseSync(join(directory, 'registry.sqlite'));
  try {
    const broken: string[] = [];
    const rows = new Map<number, Row>();
    const holders = new Map<number, number>();
    for (const row of database.prepare('select id, mac, ended from leases').iterate() as Iterable<unknown>) {
      const { id, mac, ended: over } = row as Row;
      rows.set(id, row as Row);
      if (over !== 0) continue;
      if (holders.has(mac)) broken.push(`MAC ${mac.toString(16)} is held by leases ${holders.get(mac)} and ${id}`);
      holders.set(mac, id);
    }
    for (const log of logs) {
      for (const [id, text] of log.held) {
        const row = rows.get(id);
        if (row === undefined) broken.push(`lease ${id} of ${text} was acknowledged and is gone`);
        else if (row.ended !== 0) broken.push(`lease ${id} of ${text} was acknowledged and ended by itself`);
        else if (row.mac !== macToInteger(parseMacAddress(text))) broken.push(`lease ${id} was of ${text} and is not`);
      }
      for (const id of log.released) {
        if (rows.get(id)?.ended === 0) broken.push(`the release of lease ${id} was acknowledged and it is held`);
      }
      if (log.open.size > 0) broken.push(`requests ${[...log.open.keys()].join(', ')} were never answered`);
    }
    const { integrity_check: whole } = database.prepare('pragma integrity_check(1)').get() as {
      integrity_check: string;
    };
    if (whole !== 'ok') broken.push(`the database is damaged: ${whole}`);
    return broken;
  } finally {
    database.close();
  }
}

/** The journal of all that, which the processes wrote in turns, must be one unbroken chain. */
async function findForged(directory: string): Promise<string[]> {
  const registry = await openSqliteRegistry({ directory, now: Date.now });
  try {
    const { whole, faults } = await registry.audit.verify();
    return whole ? [] : faults.map((fault) => `the journal is not whole: ${JSON.stringify(fault)}`);
  } finally {
    await registry.close();
  }
}
