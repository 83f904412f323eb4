import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UpkeepRuns } from '../../../src/reconciler/privacy/upkeep-runs.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { noon, scratch } from '../../registry/journal/open-journal.ts';

const day = 86_400_000;

test('retention is applied a minute after the start, and the end of the journal is noted outside of the database', async (t) => {
  const directory = scratch(t);
  const registry = await openSqliteRegistry({ directory, now: () => noon });
  t.after(() => registry.close());
  await registry.note('drift', 'long ago', noon - 731 * day);
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const failures: object[] = [];
  const log = { info: () => {}, warn: () => {}, error: (details: object) => failures.push(details) };
  const runs = new UpkeepRuns({ registry, log, now: () => noon, site: () => undefined });
  runs.start();
  t.mock.timers.tick(59_000);
  assert.equal((await registry.audit.list({ limit: 9 })).entries[0]?.text, 'long ago');
  t.mock.timers.tick(1_000);
  await runs.close();
  assert.deepEqual(failures, []);
  const { entries } = await registry.audit.list({ limit: 9 });
  assert.deepEqual(
    entries.map(({ text }) => text),
    ['took out the text of 1 entry by retention', '(erased)'],
  );
  const witness = JSON.parse(readFileSync(join(directory, 'keys', 'journal-witness.json'), 'utf8'));
  assert.equal(witness.hash, entries[0]?.hash);
});
