import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../cli/run-launcher.ts';

const directory = fileURLToPath(new URL('../../packaging/prometheus', import.meta.url));
const promtool = (...words: string[]) => run(['promtool', ...words], { cwd: directory });

test('promtool takes the rules that are shipped', async () => {
  const { status, stdout, stderr } = await promtool('check', 'rules', 'bridgekeeper.rules.yaml');
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /SUCCESS: \d+ rules found/);
});

test('the rules alert as their own tests say (promtool test rules)', async () => {
  const { status, stdout, stderr } = await promtool('test', 'rules', 'bridgekeeper.test.yaml');
  assert.equal(status, 0, stdout + stderr);
});

test('promtool takes the example of a scrape configuration', async () => {
  const { status, stdout, stderr } = await promtool('check', 'config', 'prometheus.yaml');
  assert.equal(status, 0, stdout + stderr);
});
