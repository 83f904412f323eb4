import type { ImportItem, ImportMistake, ImportOutcome } from '../model/imported-nic.ts';
import { plain, renderTable } from './output.ts';
import { renderCsvRecord, renderNic } from './render-leases.ts';

/** What an import did, or would do. */
export interface ImportReport {
  /** Name of the format that was read. */
  readonly format: string;
  readonly dryRun: boolean;
  /** What became of each NIC, in the order of the text, with the guest that it is for. */
  readonly outcomes: readonly (ImportOutcome & Pick<ImportItem, 'guest' | 'nic'>)[];
  /** Parts that could not be read. */
  readonly mistakes: readonly ImportMistake[];
  /** NICs that were left out because their address does not lie in the pool that was asked for. */
  readonly outside: number;
  /** NICs whose IP addresses are not taken over because no segment was named. */
  readonly withoutSegment: number;
}

/** Rows of a kind that people are shown; `--json` and `--csv` have them all. */
const shown = 50;

function section(title: string, rows: readonly (readonly string[])[], headings: readonly string[]): string[] {
  if (rows.length === 0) return [];
  const more = rows.length > shown ? [`… and ${rows.length - shown} more; --json and --csv show all`] : [];
  return ['', title, ...renderTable(headings, rows.slice(0, shown)), ...more];
}

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

/** The report for people: how many of each kind, then those that could not be taken over, with whom and why. */
export function renderImport(report: ImportReport): string[] {
  const { format, dryRun, outcomes, mistakes, outside, withoutSegment } = report;
  const of = (kind: ImportOutcome['outcome']): ImportReport['outcomes'] =>
    outcomes.filter(({ outcome }) => outcome === kind);
  const conflicts = of('conflict');
  return [
    `Read ${count(outcomes.length + outside, 'NIC')} in the format "${format}".`,
    ...renderTable(
      ['>', ''],
      [
        [String(of('taken').length), dryRun ? 'would be taken over' : 'taken over'],
        [String(of('known').length), 'already known'],
        [String(conflicts.length), 'in conflict'],
        [String(mistakes.length), 'not readable'],
        ...(outside === 0 ? [] : [[String(outside), 'outside of the pool, left out']]),
      ],
    ).slice(1),
    ...(withoutSegment === 0
      ? []
      : [`The IP addresses of ${count(withoutSegment, 'NIC')} stay out of the registry; --segment takes them over.`]),
    ...section(
      dryRun ? 'Would be taken over' : 'Taken over',
      of('taken').map((outcome) => [outcome.mac, renderNic(outcome), plain(outcome.where)]),
      ['MAC', 'NIC', 'where'],
    ),
    ...section(
      'In conflict',
      conflicts.map((outcome) => [
        outcome.mac,
        renderNic(outcome),
        plain(outcome.where),
        plain(outcome.conflict ?? ''),
      ]),
      ['MAC', 'NIC', 'where', 'why'],
    ),
    ...section(
      'Not readable',
      mistakes.map(({ where, message }) => [plain(where), plain(message)]),
      ['where', 'why'],
    ),
  ];
}

/** One record for each NIC and each part that could not be read (RFC 4180). */
export function renderImportCsv({ outcomes, mistakes }: ImportReport): string[] {
  return [
    renderCsvRecord(['where', 'mac', 'guest', 'nic', 'outcome', 'lease', 'why']),
    ...outcomes.map(({ where, mac, guest, nic, outcome, lease, conflict }) =>
      renderCsvRecord([where, mac, guest, nic, outcome, lease, conflict]),
    ),
    ...mistakes.map(({ where, message }) => renderCsvRecord([where, '', '', '', 'unreadable', '', message])),
  ];
}
