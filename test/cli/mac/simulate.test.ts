import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLauncher } from '../run-launcher.ts';

const cloud = ['--nics', '300', '--pool', '02:1a:3f:00:00:00/39', '--strategy', 'sequential', '--growth', '5/day'];

test('mac simulate shows collisions, reuse, exhaustion and the fill over time, without a daemon', async () => {
  const { status, stdout, stderr } = await runLauncher(['mac', 'simulate', ...cloud]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^300 NICs in 02:1a:3f:00:00:00\/39 \(512 addresses\), strategy sequential, churn 1%\/day/);
  assert.match(stdout, /\nduplicates {2}0\n/);
  assert.match(stdout, /with 24 random bits and hope: \d+ \(by calculation \d+\)/);
  assert.match(stdout, /\nexhausted {3}for the first time after 4\d\.\d days; at the end 1,6\d\d NICs wait/);
  assert.match(stdout, /\n *day +held +resting +fill +collisions with luck\n/);
});

test('mac simulate --json has the plan and the report, the same for the same seed', async () => {
  const words = ['mac', 'simulate', ...cloud, '--years', '0.1', '--seed', '5', '--json'];
  const [one, two] = await Promise.all([runLauncher(words), runLauncher(words)]);
  assert.equal(one.stdout, two.stdout);
  const { plan, size, duplicates, fill, exhausted } = JSON.parse(one.stdout);
  assert.equal(plan.range, '02:1a:3f:00:00:00/39');
  assert.equal(plan.churn, '1%/day');
  assert.equal(plan.growth, '5/day');
  assert.equal(size, 512);
  assert.equal(duplicates, 0);
  assert.equal(exhausted, undefined);
  assert.deepEqual(fill[0], { day: 0, held: 300, quarantined: 0, collisions: 0 });
});

test('wrong options of mac simulate are refused with what was seen', async () => {
  for (const [words, text] of [
    [['--churn', '2%/month'], /rate "2%\/month" is not a percentage or a number per hour, day, week or year/],
    [['--pool', '03:00:00:00:00:00/24'], /holds multicast addresses/],
    [['--years', '0'], /"0" is not a number of years/],
    [['--nics', '60000000'], /60000000 NICs are too many to simulate/],
  ] as const) {
    const { status, stdout, stderr } = await runLauncher(['mac', 'simulate', ...words]);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, text);
  }
});
