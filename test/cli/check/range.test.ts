import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judge, renderAnswer, renderFigure } from '../../../src/cli/check/answer.ts';
import { parseMetrics } from '../../../src/cli/check/parse-metrics.ts';
import { alerts, limitsOf, parseRange, renderLimits } from '../../../src/cli/check/range.ts';
import { rejectsWith } from '../../server/answers.ts';

/** The examples of the Monitoring Plugins guidelines, and percent. */
const examples: [range: string, good: number[], bad: number[], rendered: string][] = [
  ['10', [0, 5, 10], [-1, 10.5], '10'],
  ['10:', [10, 1e9], [9.9, -5], '10:'],
  ['~:10', [-1e9, 10], [11], '~:10'],
  ['10:20', [10, 15, 20], [9, 21], '10:20'],
  ['@10:20', [9, 21], [10, 15, 20], '@10:20'],
  ['@10', [11, -1], [0, 10], '@10'],
  ['0', [0], [1, -1], '0'],
  ['-5:5', [-5, 0, 5], [-6, 6], '-5:5'],
  ['80%', [0, 160], [161], '160'],
  ['20%:', [40, 200], [39], '40:'],
  ['10%:50%', [20, 100], [19, 101], '20:100'],
  ['1.5', [1.5], [1.6], '1.5'],
];

test('ranges alert as the guidelines say', () => {
  for (const [text, good, bad, rendered] of examples) {
    const limits = limitsOf(parseRange(text), 200);
    for (const value of good) assert.equal(alerts(limits, value), false, `${text} takes ${value}`);
    for (const value of bad) assert.equal(alerts(limits, value), true, `${text} alerts at ${value}`);
    assert.equal(renderLimits(limits), rendered, text);
  }
});

test('what is rendered reads as the same range', () => {
  const number = fc.integer({ min: -1000, max: 1000 });
  fc.assert(
    fc.property(fc.boolean(), number, fc.nat(1000), number, (inside, from, width, value) => {
      const limits = { inside, from, to: from + width };
      const again = limitsOf(parseRange(renderLimits(limits)), undefined);
      assert.equal(alerts(again, value), alerts(limits, value));
    }),
  );
});

test('what is no range is said, with examples', () => {
  for (const text of ['', '@', ':', 'x', '10:20:30', '1e3', '80%%', '~', '10 20', '@@1', '٣'])
    assert.throws(() => parseRange(text), rejectsWith('value-invalid', /cannot be read; expected what is good/), text);
  assert.throws(() => parseRange('20:10'), rejectsWith('value-invalid', /begins above its end.*"10:20"/));
  assert.throws(() => limitsOf(parseRange('80%'), undefined), rejectsWith('value-invalid', /has no maximum/));
});

test('performance data is as the guidelines say', () => {
  const thresholds = { warning: parseRange('80%'), critical: parseRange('95%') };
  const { figure, state } = judge({ label: 'sessions', value: 412, min: 0, max: 5000 }, thresholds);
  assert.equal(state, 'OK');
  assert.deepEqual(
    renderAnswer({ state, title: 'SESSIONS', text: '412 of 5000 sessions (8%)', figures: [figure], more: [] }),
    ['SESSIONS OK - 412 of 5000 sessions (8%) | sessions=412;4000;4750;0;5000'],
  );
  assert.equal(renderFigure({ label: 'time', value: 0.0123456, unit: 's' }), 'time=0.012s');
  assert.equal(renderFigure({ label: "dnsmasq bk-dev's=x|y", value: 1 }), "'dnsmasq bk-dev''s-x/y'=1");
  const many = Array.from({ length: 50 }, (_, place) => `line ${place} | with\na bar`);
  const lines = renderAnswer({ state: 'OK', title: 'X', text: 'a | b\nc', figures: [], more: many });
  assert.equal(lines[0], 'X OK - a / b c');
  assert.equal(lines.length, 22);
  assert.equal(lines.at(-1), 'and 30 more');
});

test("Prometheus' text is read with its labels", () => {
  const text = '# HELP a b\na{x="1\\"\\\\\\n",y="2"} 3\na 4\nb 5\nnonsense\n';
  assert.deepEqual(parseMetrics(text, /^a/), [
    { name: 'a', labels: { x: '1"\\\n', y: '2' }, value: 3 },
    { name: 'a', labels: {}, value: 4 },
  ]);
});
