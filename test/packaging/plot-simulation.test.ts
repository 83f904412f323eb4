import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plotSimulation } from '../../packaging/plot-simulation.ts';
import { parseMacRange } from '../../src/model/mac-range.ts';
import { parseChangeRate } from '../../src/simulate/change-rate.ts';
import { simulateCloud } from '../../src/simulate/simulate-cloud.ts';

function run(strategy: 'cycle' | 'sequential', nics: number) {
  const plan = { nics, strategy, quarantine: 1800, dhcpLease: 86_400, years: 0.5, seed: 1 };
  const range = parseMacRange('02:1a:3f:00:00:00/40');
  const report = simulateCloud({ ...plan, range, churn: parseChangeRate('5%/day') });
  return { ...report, plan: { ...plan, range: range.text, churn: '5%/day' } };
}

test('the plot has a line per strategy, within its frame, and no number that is none', () => {
  // So few NICs that luck has no collision to plot, and so many that it has.
  for (const nics of [3, 200]) {
    const svg = plotSimulation([run('cycle', nics), run('sequential', nics)]);
    assert.match(svg, /^<svg [^>]+viewBox="0 0 980 450"/);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
    assert.match(svg, />cycle<\/text>/);
    assert.match(svg, />sequential<\/text>/);
    const paths = [...svg.matchAll(/<path d="([^"]+)"/g)].map(([, steps = '']) => steps);
    // A curve and a key per strategy, luck and Bridgekeeper.
    assert.equal(paths.length, 6);
    for (const [, x, y] of paths.join('').matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)) {
      assert.ok(Number(x) >= 0 && Number(x) <= 980 && Number(y) >= 0 && Number(y) <= 450, `${x} ${y}`);
    }
  }
});
