import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { itself } from '../../../src/registry/journal/journal.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';

function stateDirectory(t: { after(clean: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-kept-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const open = (directory: string): Promise<Registry> => openSqliteRegistry({ directory, now: Date.now });

test('what is kept comes back after a restart, in the order in which it was put first', async (t) => {
  const directory = stateDirectory(t);
  const registry = await open(directory);
  await registry.kept.change('silence', {
    put: [
      { id: 'b', body: { n: 1 } },
      { id: 'a', body: { n: 2 } },
    ],
  });
  await registry.kept.change('alert', { put: [{ id: 'a', body: 'another kind' }] });
  await registry.kept.change('silence', { put: [{ id: 'b', body: { n: 3 } }], remove: ['not there'] });
  await registry.close();
  const again = await open(directory);
  t.after(() => again.close());
  assert.deepEqual(await again.kept.load('silence'), [
    { id: 'b', body: { n: 3 } },
    { id: 'a', body: { n: 2 } },
  ]);
  await again.kept.change('silence', { remove: ['b'] });
  assert.deepEqual(
    (await again.kept.load('silence')).map(({ id }) => id),
    ['a'],
  );
  assert.deepEqual(await again.kept.load('alert'), [{ id: 'a', body: 'another kind' }]);
});

test('10,000 of them and what the journal says of it are one transaction', async (t) => {
  const registry = await open(stateDirectory(t));
  t.after(() => registry.close());
  const put = Array.from({ length: 10_000 }, (_, n) => ({ id: `m${n}`, body: { n } }));
  const entry = { kind: 'isolate', text: 'all of them', at: 1_000, actor: itself };
  await registry.kept.change('message', { put }, [entry]);
  assert.equal((await registry.kept.load('message')).length, 10_000);
  // A text that the journal cannot hold takes back what was put with it.
  const broken = { ...entry, after: { toJSON: () => assert.fail('no JSON') } };
  await assert.rejects(registry.kept.change('message', { remove: put.map(({ id }) => id) }, [broken]));
  assert.equal((await registry.kept.load('message')).length, 10_000);
  assert.deepEqual(
    (await registry.journal(10)).filter(({ kind }) => kind === 'isolate').map(({ text }) => text),
    ['all of them'],
  );
});

test('an erasure takes out alerts and messages about the owner, and leaves the others', async (t) => {
  const registry = await open(stateDirectory(t));
  t.after(() => registry.close());
  const about = (owner: string) => ({ subject: { owner, guest: 'web1' }, text: `of ${owner}` });
  await registry.kept.change('alert', {
    put: [
      { id: '1', body: about('team-a') },
      { id: '2', body: about('team-b') },
    ],
  });
  await registry.kept.change('message', { put: [{ id: '7', body: about('team-a') }] });
  await registry.privacy.erase('team-a', {
    now: Date.now(),
    privacy: { clear: 90, period: 30, keep: 0 },
    actor: itself,
    forget: async () => {},
  });
  assert.deepEqual(
    (await registry.kept.load('alert')).map(({ id }) => id),
    ['2'],
  );
  assert.deepEqual(await registry.kept.load('message'), []);
});
