import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createJournal, openJournal, scratch, tamper } from './open-journal.ts';

const mac = '02:1a:3f:00:10:01';

suite('pseudonyms of a journal', () => {
  test('that somebody made stand for another address are not believed, and found', async (t) => {
    const directory = scratch(t);
    await createJournal(directory);
    const first = await openJournal(directory);
    await first.append({ text: `MAC address "${mac}" leased`, at: Date.now() });
    await first.close();
    tamper(directory, (database) => database.prepare('update pseudonyms set mac = ?').run(0x021a3f001099));
    const journal = await openJournal(directory);
    try {
      const { entries } = await journal.trail.list({ limit: 1 });
      assert.doesNotMatch(entries[0]?.text ?? '', /02:1a:3f:00:10:99/);
      const { whole, faults } = await journal.trail.verify();
      assert.equal(whole, false);
      assert.match(faults[0]?.text ?? '', /pseudonym/);
    } finally {
      await journal.close();
    }
  });
});

test('a look through a long journal lets others go first', async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const first = await openJournal(directory);
  await first.append({ text: `MAC address "${mac}" leased`, at: Date.now() }, { text: 'other', at: Date.now() });
  await first.close();
  const count = 30_000;
  tamper(directory, (database) =>
    database.exec(`insert into journal select n + 2, 1, 'try', 'ada', 'here', 'NIC "web' || n || '/0" leased', null, null,
      null, 's', 'd', 'p', 'h', 'x' from (with recursive numbers(n) as (select 1 union all select n + 1 from numbers
      where n < ${count}) select n from numbers)`),
  );
  const journal = await openJournal(directory);
  try {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const { entries } = await journal.trail.list({ text: mac, limit: 100 });
    clearInterval(timer);
    assert.deepEqual(
      entries.map(({ id, text }) => [id, text.includes(mac)]),
      [[1, true]],
    );
    assert.ok(turns > 0);
    const page = await journal.trail.list({ who: 'ada', limit: 10, below: 5 });
    assert.deepEqual(
      page.entries.map(({ id }) => id),
      [4, 3, 2, 1],
    );
    let records = 0;
    for await (const rows of journal.trail.records({ kinds: ['try'], since: 0 }, { clear: false }))
      records += rows.length;
    assert.equal(records, count + 2);
  } finally {
    await journal.close();
  }
});
