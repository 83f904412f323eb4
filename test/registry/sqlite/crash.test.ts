import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseState } from '../../../src/registry/leases/leases.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { start, stop } from './children.ts';
import { crashAssignments, crashObjects } from './crash-plan.ts';

const rounds = 24;

/** Runs the commit loop, kills it a random time after its first commit, and answers what it had acknowledged last. */
async function runAndKill(directory: string): Promise<number> {
  const child = start('commit-loop.ts', directory);
  let said = '';
  child.stdout.on('data', (piece) => {
    said += piece;
  });
  try {
    await once(child.stdout, 'data');
    await sleep(Math.random() * 60);
  } finally {
    await stop(child);
    if (!child.stdout.closed) await once(child.stdout, 'close');
  }
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
}

async function assertWhole(registry: Registry, number: number): Promise<void> {
  const objects = await registry.objects(number);
  assert.deepEqual(new Map(objects.map(({ kind, name, body }) => [`${kind} ${name}`, body])), crashObjects(number));
  assert.equal((await registry.revision(number)).comment, `revision ${number}`);
}

test('kill -9 at any moment loses no acknowledged commit and leaves no half one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bk-crash-'));
  try {
    let beyond = 0;
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await runAndKill(directory);
      const registry = await openSqliteRegistry({ directory, now: () => 0 });
      const head = (await registry.head())?.number ?? 0;
      assert.ok(
        head === acknowledged || head === acknowledged + 1,
        `${acknowledged} was acknowledged, ${head} is there`,
      );
      if (head > acknowledged) beyond++;
      for (let number = Math.max(1, head - 5); number <= head; number++) await assertWhole(registry, number);
      assert.deepEqual(await registry.assignments(), crashAssignments(head));
      // Every guest of the plan held one lease, and all but the last three have given theirs back.
      const counted = async (states: readonly LeaseState[]) => registry.leases.count({ states });
      assert.deepEqual(
        [await counted(['active']), await counted(['quarantined', 'free'])],
        [Math.min(head, 3), Math.max(0, head - 3)],
      );
      await registry.close();
      const database = new DatabaseSync(join(directory, 'registry.sqlite'));
      assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });
      assert.deepEqual(database.prepare('pragma foreign_key_check').all(), []);
      database.close();
    }
    assert.ok(beyond < rounds, 'no kill came between two commits');
  } finally {
    await rm(directory, { recursive: true });
  }
});
