import type { TraceResult } from '../../client/trace.ts';
import { renderCsvRecord } from '../render-leases.ts';
import type { ReportLine } from './read-reports.ts';

/** A line of the table, and what became of it. */
export interface ReportAnswer extends ReportLine {
  readonly result?: TraceResult;
}

export const reportHeadings = [
  ...['line', 'address', 'port', 'protocol', 'time', 'verdict', 'guest', 'nic', 'mac', 'owner', 'source'],
  ...['begin', 'end', 'error'],
];

const iso = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString());
/** Several guests, or several addresses of one, in one cell. */
const joined = (values: readonly (string | undefined)[]): string =>
  values.some((value) => value) ? values.map((value) => value ?? '').join('; ') : '';

export const failed = ({ mistake, result }: ReportAnswer): boolean =>
  mistake !== undefined || (result !== undefined && 'failure' in result);

/** One record for each line that was given. */
export function renderReport(report: ReportAnswer): string {
  const { line, question, mistake, result } = report;
  const asked = [question?.address, question?.port, question?.protocol, question?.at];
  if (result === undefined || 'failure' in result) {
    const error = mistake ?? (result && 'failure' in result ? result.failure.detail : '');
    return renderCsvRecord([line, ...asked, '', '', '', '', '', '', '', '', error]);
  }
  const { verdict, guests: all } = result.answer;
  const guests = verdict === 'guest' ? all.slice(0, 1) : verdict === 'several' ? all : [];
  return renderCsvRecord([
    line,
    ...asked,
    verdict,
    joined(guests.map(({ guest }) => guest)),
    joined(guests.map(({ nics }) => nics.map(({ nic }) => nic).join(' '))),
    joined(guests.map(({ nics }) => nics.flatMap(({ macs }) => macs.map(({ mac }) => mac)).join(' '))),
    joined(guests.map(({ owner }) => owner)),
    joined(guests.map(({ sources }) => sources.join(' + '))),
    joined(guests.map(({ since }) => iso(since))),
    joined(guests.map(({ until }) => iso(until))),
    '',
  ]);
}
