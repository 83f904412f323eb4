import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { WatchPlace } from './attack.ts';
import { allAttacks } from './catalogue/list.ts';
import { isConfirmed, runControl, takeGuardAway } from './control.ts';
import { startAttackLab } from './lab.ts';
import { renderReport } from './report.ts';
import type { Arrived, AttackOutcome } from './run-attack.ts';
import { attackRunner, spareGuests } from './spare-guests.ts';
import { complaintsOf } from './verdict.ts';

const usage = `npm run attacks [-- --only NAME[,NAME]] [-- --report FILE]
  --only     only these attacks; writes no report unless --report names one
  --report   file for the report (default: docs/reference/security.md)
  --control  afterwards take the guard away and see that the attacks arrive then (a whole run does so)
  --list     names of the attacks
`;
const page = fileURLToPath(new URL('../../docs/reference/security.md', import.meta.url));

/** One line for each attack, as it ends. */
function renderLine(outcome: AttackOutcome, seconds: number): string {
  const { attack, alert, stream } = outcome;
  const complaints = complaintsOf(outcome);
  const told = alert.after === undefined ? 'no alert' : `alert after ${Math.round(alert.after)} ms`;
  const line = `${complaints.length === 0 ? 'ok     ' : 'FAILED '} ${attack.name.padEnd(18)} ${String(outcome.sent).padStart(8)} frames, stream ${(stream * 100).toFixed(1)} %, ${told} (${seconds.toFixed(1)} s)`;
  const text = complaints.length > 0 && alert.text !== undefined ? [`          the alert says: ${alert.text}`] : [];
  return [line, ...complaints.map((complaint) => `          ${complaint}`), ...text].join('\n');
}

/** What the command line says; undefined when it cannot be read, which is said. */
function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string' },
        report: { type: 'string' },
        control: { type: 'boolean' },
        list: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return undefined;
  }
}

/** Runs attacks as the command line says. Answers its exit status: 0 when none achieved anything. */
export async function runSuite(argv: readonly string[]): Promise<number> {
  const names = allAttacks.map(({ name }) => name);
  const values = readOptions(argv);
  if (values === undefined) return 2;
  if (values.list) {
    process.stdout.write(`${names.join('\n')}\n`);
    return 0;
  }
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    process.stderr.write(`no attack is named "${unknown.join('", "')}"; they are: ${names.join(', ')}\n\n${usage}`);
    return 2;
  }
  const chosen = allAttacks.filter(({ name }) => only === undefined || only.includes(name));
  const start = performance.now();
  const lab = await startAttackLab([...chosen.map(({ name }) => name), ...spareGuests]);
  const attackOnce = attackRunner(lab);
  const outcomes: AttackOutcome[] = [];
  let broken = 0;
  for (const attack of chosen) {
    const begun = performance.now();
    try {
      const outcome = await attackOnce(attack);
      outcomes.push(outcome);
      process.stdout.write(`${renderLine(outcome, (performance.now() - begun) / 1_000)}\n`);
    } catch (error) {
      broken++;
      process.stdout.write(`FAILED  ${attack.name}: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  if (broken > 0) process.stdout.write(`${await lab.gateway.logTail(20)}\n`);
  const controls = new Map<string, ReadonlyMap<WatchPlace, Arrived>>();
  if (values.control || only === undefined) {
    process.stdout.write('control: the same without the guard\n');
    await takeGuardAway(
      lab,
      chosen.map(({ name }) => name),
    );
    for (const attack of chosen) {
      const arrived = await runControl(lab, attack);
      controls.set(attack.name, arrived);
      if (isConfirmed(attack, arrived) !== false) continue;
      broken++;
      process.stdout.write(
        `FAILED  ${attack.name}: nothing of it was seen without the guard either: the test proves nothing\n`,
      );
    }
  }
  await lab.close();
  const report = values.report ?? (only === undefined ? page : undefined);
  if (report !== undefined && outcomes.length > 0) {
    const seconds = Math.round((performance.now() - start) / 1_000);
    const host = `Linux ${release()}, ${cpus().length} cores`;
    writeFileSync(
      report,
      renderReport(outcomes, controls, { date: new Date().toISOString().slice(0, 10), seconds, host }),
    );
    process.stdout.write(`wrote ${report}\n`);
  }
  const failed = outcomes.filter((outcome) => complaintsOf(outcome).length > 0).length + broken;
  process.stdout.write(`${chosen.length - failed} attacks achieved nothing, ${failed} something\n`);
  return failed === 0 ? 0 : 1;
}
