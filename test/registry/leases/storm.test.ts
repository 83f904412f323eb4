import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runStorm } from '../../../bench/registry/storm.ts';

test('sixteen writers in four processes that are killed at random moments lose nothing and give nothing twice', {
  timeout: 180_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-storm-'));
  try {
    const result = await runStorm({ directory, processes: 4, operations: 8000, bits: 14, bound: 60 });
    assert.deepEqual(result.broken, []);
    assert.ok(result.kills >= 3, `${result.kills} kills`);
    assert.ok(result.operations >= 1000, `${result.operations} operations`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
