import type { Client } from '../../client/client.ts';
import type { TraceQuestion } from '../../client/trace.ts';
import { print, printJson } from '../output.ts';
import { renderCsvRecord } from '../render-leases.ts';
import { type ReportLine, readReports } from './read-reports.ts';
import { failed, type ReportAnswer, renderReport, reportHeadings } from './render-reports.ts';

/** Questions of one request. */
const together = 1000;

interface Asking {
  readonly report: ReportLine;
  readonly question: TraceQuestion;
}

interface ReportOptions {
  readonly csv: string;
  readonly zone?: string;
  readonly within?: string;
  readonly json?: boolean;
}

/** Asks for every line, in the order of time, and prints the answers in the order of lines. */
export async function traceReports(client: Client, { csv, zone, within, json }: ReportOptions): Promise<void> {
  const reports = await readReports(csv, zone);
  const answers = new Map<number, ReportAnswer>(reports.map((report) => [report.line, report]));
  const asking = reports
    .flatMap((report): Asking[] => {
      const { question } = report;
      return question ? [{ report, question: { ...question, ...(within === undefined ? {} : { within }) } }] : [];
    })
    .sort((a, b) => (a.report.from ?? 0) - (b.report.from ?? 0));
  for (let start = 0; start < asking.length; start += together) {
    const some = asking.slice(start, start + together);
    const results = await client.trace.askMany(some.map(({ question }) => question));
    for (const [index, { report }] of some.entries()) {
      const result = results[index];
      if (result !== undefined) answers.set(report.line, { ...report, result });
    }
  }
  const all = [...answers.values()];
  const broken = all.filter(failed).length;
  if (broken > 0) process.exitCode = 1;
  if (json) printJson(all.map(({ from: _, ...answer }) => answer));
  else print(renderCsvRecord(reportHeadings), ...all.map(renderReport));
  if (broken > 0)
    process.stderr.write(`${broken} of ${all.length} lines could not be answered; the column "error" says why.\n`);
}
