import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { before, suite, type TestContext, test } from 'node:test';
import { hashOf, type JournalRecord } from '../../../src/model/journal/journal-record.ts';
import type { AuditVerdict } from '../../../src/registry/journal/audit-trail.ts';
import { createJournal, openJournal, type Scope, scratch, tamper } from './open-journal.ts';

const entries = 12;

/** Verifies a copy of the journal after somebody has changed it. */
async function verdictAfter(
  t: Scope,
  original: string,
  change: (database: DatabaseSync) => void,
  head?: string,
): Promise<AuditVerdict> {
  const directory = scratch(t);
  cpSync(original, directory, { recursive: true });
  tamper(directory, change);
  const journal = await openJournal(directory);
  try {
    return await journal.trail.verify(head);
  } finally {
    await journal.close();
  }
}

const faultsOf = (verdict: AuditVerdict): string[] =>
  verdict.faults.map(({ fault, entries: ids }) => `${fault} ${ids}`);

function rowsOf(database: DatabaseSync): (JournalRecord & { seal: string })[] {
  return database.prepare('select * from journal order by id').all() as never;
}

/** Computes hashes anew from an entry on, as anybody can who knows how they are made. */
function recompute(database: DatabaseSync, from: number): void {
  const update = database.prepare('update journal set previous = ?, hash = ? where id = ?');
  let previous = '';
  for (const row of rowsOf(database)) {
    if (row.id >= from) {
      const hash = hashOf({ ...row, previous });
      update.run(previous, hash, row.id);
      previous = hash;
    } else {
      previous = row.hash;
    }
  }
  const last = rowsOf(database).at(-1);
  const head = JSON.parse(
    (database.prepare("select value from settings where name = 'journal-head'").get() as { value: string }).value,
  );
  database
    .prepare("update settings set value = ? where name = 'journal-head'")
    .run(JSON.stringify({ ...head, id: last?.id, hash: last?.hash }));
}

suite('a journal that somebody tampered with', () => {
  let original = '';
  const cleaning: (() => unknown)[] = [];

  before(async () => {
    original = scratch({ after: (clean) => cleaning.push(clean) });
    await createJournal(original);
    const journal = await openJournal(original);
    for (let number = 1; number <= entries; number++) {
      await journal.append({
        text: `entry ${number}`,
        before: { number },
        after: { number: number + 1 },
        owners: ['team-a'],
      });
    }
    await journal.close();
    return () => cleaning.forEach((clean) => void clean());
  });

  const changed = async (t: TestContext, change: (database: DatabaseSync) => void): Promise<string[]> =>
    faultsOf(await verdictAfter(t, original, change));

  test('is whole while nobody did', async (t) => {
    const verdict = await verdictAfter(t, original, () => {});
    assert.deepEqual(verdict.faults, []);
    assert.equal(verdict.entries, entries);
    assert.equal(verdict.head.id, entries);
  });

  for (const column of [
    'at',
    'kind',
    'who',
    'origin',
    'text',
    'before',
    'after',
    'owners',
    'salt',
    'digest',
    'previous',
    'hash',
  ]) {
    for (const id of [1, 6, entries]) {
      test(`shows that ${column} of entry ${id} was altered`, async (t) => {
        const value = column === 'at' ? 5 : ['digest', 'previous', 'hash'].includes(column) ? 'f'.repeat(64) : '"x"';
        const faults = await changed(t, (database) =>
          database.prepare(`update journal set "${column}" = ? where id = ?`).run(value, id),
        );
        assert.ok(faults.includes(`altered ${id}`), faults.join());
        assert.ok(
          faults.every((fault) => fault.endsWith(` ${id}`)),
          faults.join(),
        );
      });
    }
  }

  test('shows that a seal was altered', async (t) => {
    const faults = await changed(t, (database) => database.exec("update journal set seal = 'x' where id = 4"));
    assert.deepEqual(faults, ['recomputed 4']);
  });

  test('shows a body that was taken out though no entry names it', async (t) => {
    const faults = await changed(t, (database) =>
      database.exec(
        'update journal set text = null, before = null, after = null, owners = null, salt = null where id = 4',
      ),
    );
    assert.deepEqual(faults, ['blanked 4']);
  });

  test('shows a body of which only a part was taken out', async (t) => {
    const faults = await changed(t, (database) => database.exec('update journal set after = null where id = 4'));
    assert.deepEqual(faults, ['altered 4']);
  });

  const deleted: [string, number, number, string[]][] = [
    ['the first entry', 1, 1, ['missing 1']],
    ['the first three', 1, 3, ['missing 1-3']],
    ['one in the middle', 6, 6, ['missing 6']],
    ['several in the middle', 6, 8, ['missing 6-8']],
    ['the last', entries, entries, [`cut ${entries}`]],
    ['the last four', entries - 3, entries, [`cut ${entries - 3}-${entries}`]],
  ];
  for (const [what, first, last, expected] of deleted) {
    test(`shows that ${what} is missing`, async (t) => {
      const faults = await changed(t, (database) =>
        database.prepare('delete from journal where id between ? and ?').run(first, last),
      );
      assert.deepEqual(faults, expected);
    });
  }

  test('shows that all of it is missing', async (t) => {
    assert.deepEqual(await changed(t, (database) => database.exec('delete from journal')), [`cut 1-${entries}`]);
  });

  test('names an entry that is missing though the others were renumbered', async (t) => {
    const faults = await changed(t, (database) =>
      database.exec('delete from journal where id = 5; update journal set id = id - 1 where id > 5'),
    );
    assert.deepEqual(faults, ['missing 5', `cut ${entries}`]);
  });

  test('names an entry that was put in though the others were renumbered', async (t) => {
    const faults = await changed(t, (database) => {
      database.exec(
        'update journal set id = id + 1000 where id >= 5; update journal set id = id - 999 where id >= 1005',
      );
      const row = rowsOf(database)[3] as JournalRecord & { seal: string };
      const added = { ...row, id: 5, previous: row.hash, text: 'never happened' };
      insert(database, { ...added, hash: hashOf(added) });
    });
    assert.ok(faults.includes('recomputed 5'), faults.join());
    assert.ok(faults.includes('inserted 5'), faults.join());
  });

  test('names an entry that was added at the end', async (t) => {
    const faults = await changed(t, (database) => {
      const row = rowsOf(database).at(-1) as JournalRecord & { seal: string };
      const added = { ...row, id: entries + 1, previous: row.hash };
      insert(database, { ...added, hash: hashOf(added) });
    });
    assert.deepEqual(faults, [`recomputed ${entries + 1}`, `inserted ${entries + 1}`]);
  });

  test('names an entry that was put in with an id that is no place', async (t) => {
    const faults = await changed(t, (database) => {
      insert(database, { ...(rowsOf(database)[0] as JournalRecord & { seal: string }), id: 0 });
      insert(database, { ...(rowsOf(database)[3] as JournalRecord & { seal: string }), id: 3.5 });
    });
    assert.deepEqual(faults, ['inserted 0', 'inserted 3.5']);
  });

  test('names two entries that changed places', async (t) => {
    const faults = await changed(t, (database) =>
      database.exec(
        'update journal set id = -3 where id = 3; update journal set id = 3 where id = 7; update journal set id = 7 where id = -3',
      ),
    );
    assert.deepEqual(faults, ['altered 3', 'altered 7']);
  });

  test('names two neighbours that changed places', async (t) => {
    const faults = await changed(t, (database) =>
      database.exec(
        'update journal set id = -3 where id = 3; update journal set id = 3 where id = 4; update journal set id = 4 where id = -3',
      ),
    );
    assert.deepEqual(faults, ['altered 3', 'altered 4']);
  });

  test('names where a chain that was computed anew begins', async (t) => {
    const faults = await changed(t, (database) => {
      database.exec("update journal set who = 'mallory' where id = 5");
      recompute(database, 5);
    });
    assert.equal(faults[0], 'recomputed 5');
    assert.ok(faults.includes(`recomputed ${entries}`));
  });

  test('shows a tail that was cut although the head was set back, for want of the key', async (t) => {
    const faults = await changed(t, (database) => {
      database.exec('delete from journal where id > 8');
      recompute(database, 9);
    });
    assert.deepEqual(faults, ['recomputed 8']);
  });

  test('shows that the seal of an entry does not pass for the seal of the head', async (t) => {
    const faults = await changed(t, (database) => {
      database.exec('delete from journal where id > 8');
      const { id, hash, seal } = rowsOf(database).at(-1) as JournalRecord & { seal: string };
      database
        .prepare("update settings set value = ? where name = 'journal-head'")
        .run(JSON.stringify({ id, hash, seal }));
    });
    assert.deepEqual(faults, ['recomputed 8']);
  });

  test('shows that the head is gone', async (t) => {
    const faults = await changed(t, (database) => database.exec("delete from settings where name = 'journal-head'"));
    assert.deepEqual(faults, [`cut ${entries}`]);
  });

  test('goes on after its head was lost, and says so for ever', async (t) => {
    const directory = scratch(t);
    cpSync(original, directory, { recursive: true });
    tamper(directory, (database) =>
      database.exec("delete from journal where id > 8; delete from settings where name = 'journal-head'"),
    );
    const journal = await openJournal(directory);
    t.after(() => journal.close());
    await journal.append({ text: 'as if nothing had happened' });
    const { faults, head } = await journal.trail.verify();
    assert.equal(head.id, 10);
    assert.deepEqual(
      faults.map(({ fault, entries: ids }) => `${fault} ${ids}`),
      ['broken 9'],
    );
  });
});

/** With the columns in the order of the table. */
function insert(database: DatabaseSync, row: JournalRecord & { seal: string }): void {
  const names = Object.keys(row);
  database
    .prepare(`insert into journal (${names.map((name) => `"${name}"`).join()}) values (${names.map(() => '?').join()})`)
    .run(...(Object.values(row) as never[]));
}

test('an old head put back in place of the new one is found, and so is an old copy of the whole registry', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  let journal = await openJournal(directory);
  await journal.append({ text: 'one' }, { text: 'two' });
  await journal.close();
  const oldCopy = readFileSync(join(directory, 'registry.sqlite'));
  let oldHead = '';
  tamper(directory, (database) => {
    oldHead = String(database.prepare("select value from settings where name = 'journal-head'").get()?.value);
  });
  journal = await openJournal(directory);
  await journal.append({ text: 'three' }, { text: 'four' });
  await journal.trail.witness();
  const kept = (await journal.trail.verify()).head.hash;
  await journal.close();

  const withOldHead = await verdictAfter(t, directory, (database) =>
    database.prepare("update settings set value = ? where name = 'journal-head'").run(oldHead),
  );
  assert.deepEqual(faultsOf(withOldHead), ['inserted 3-4']);

  const cut = (database: DatabaseSync): void => {
    database.prepare("update settings set value = ? where name = 'journal-head'").run(oldHead);
    database.exec('delete from journal where id > 2');
  };
  assert.deepEqual(faultsOf(await verdictAfter(t, directory, cut)), ['cut 4']);
  assert.deepEqual(faultsOf(await verdictAfter(t, directory, cut, kept)), ['cut 4', 'cut ']);
  // What stands before the first entry is no head that anybody can have kept.
  assert.deepEqual(faultsOf(await verdictAfter(t, directory, () => {}, '0'.repeat(64))), ['cut ']);

  const { writeFileSync } = await import('node:fs');
  const copied = scratch(t);
  cpSync(directory, copied, { recursive: true });
  writeFileSync(join(copied, 'registry.sqlite'), oldCopy);
  const restored = await openJournal(copied);
  t.after(() => restored.close());
  const { faults } = await restored.trail.verify();
  assert.deepEqual(
    faults.map(({ fault, entries: ids }) => `${fault} ${ids}`),
    ['cut 4'],
  );
  // It goes on, and what was noted of the journal before is not forgotten for it.
  await restored.append({ text: 'another three' }, { text: 'another four' }, { text: 'another five' });
  await restored.trail.witness();
  assert.match((await restored.trail.verify()).faults[0]?.text ?? '', /entry 4 is not the one that stood there/);
});
