import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Milliseconds in which what fades away has gone, also on a busy machine. */
const patience = 5_000;

/**
 * What axe-core finds wrong with the page as it stands (WCAG 2.2 A and AA, and its best practices), a line each. A menu
 * that is just closing is no part of it: what is wrong counts when it stays.
 */
export async function findBarriers(page: Page): Promise<string[]> {
  // Not by a script element: the page's own rules forbid what does not come from the daemon.
  await page.evaluate(source);
  for (const end = performance.now() + patience; ; await page.waitForTimeout(250)) {
    const results = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults;
    const found = results.violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
    if (found.length === 0 || performance.now() > end) return found;
  }
}
