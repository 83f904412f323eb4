import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CheckResult } from '../../src/lab/scene.ts';

const mainPath = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

interface DemoJson {
  ok: boolean;
  checks: CheckResult[];
  failure?: string;
}

/** Runs the demo as a user would and answers its JSON and exit status. */
async function runDemo(...options: string[]): Promise<{ demo: DemoJson; status: number | null; log: string }> {
  const child = spawn(process.execPath, [mainPath, 'demo', '--json', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const [stdout, log] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  return { demo: JSON.parse(stdout) as DemoJson, status: status as number | null, log };
}

test('the demo builds its lab, and every check of it holds, with a real machine as one guest', {
  timeout: 240_000,
}, async () => {
  const { demo, status, log } = await runDemo('--vm');
  const broken = demo.checks.filter((check) => !check.ok);
  const shown = broken.map(
    ({ topic, name, expected, seen }) => `${topic}: ${name}: expected ${expected}, seen ${seen}`,
  );
  assert.deepEqual(shown, [], log);
  assert.equal(demo.failure, undefined);
  assert.equal(demo.ok, true);
  assert.equal(status, 0);
  // Whatever is left out would be a check that cannot fail.
  assert.ok(demo.checks.length >= 126, `${demo.checks.length} checks`);
  assert.equal(new Set(demo.checks.map((check) => check.topic)).size, 16);
});
