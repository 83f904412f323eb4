import type { CheckResult } from './scene.ts';

const mark = (ok: boolean): string => (ok ? 'ok' : 'NO');

/** Checks of one topic as a table with its heading: name, what was expected, what was seen. */
export function renderTopic(topic: string, results: readonly CheckResult[]): string[] {
  const rows = results.map(({ ok, name, expected, seen }) => [mark(ok), name, expected, seen.replaceAll('\n', ' ')]);
  const table = [['', 'check', 'expected', 'seen'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [topic, ...lines.map((line) => `  ${line}`), ''];
}

/** One line that counts them. */
export function renderVerdict(results: readonly CheckResult[]): string {
  const failed = results.filter((result) => !result.ok).length;
  return failed === 0 ? `All ${results.length} checks held.` : `${failed} of ${results.length} checks did not hold.`;
}
