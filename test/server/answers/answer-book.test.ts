import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { AnswerBook, answerTime, type SentAnswer } from '../../../src/server/answers/answer-book.ts';
import { type Scope, temporaryDirectory } from '../../daemon/test-daemon.ts';

async function open(t: Scope) {
  const time = { now: Date.UTC(2026, 10, 22) };
  const clock = { now: () => time.now };
  const disk = { full: false };
  const registry = await openSqliteRegistry({ directory: temporaryDirectory(t), now: clock.now });
  t.after(() => registry.close());
  const { kept } = registry;
  const guarded: Parameters<typeof AnswerBook.open>[0] = {
    load: (kind) => kept.load(kind),
    one: (kind, id) => kept.one(kind, id),
    change: async (kind, change) => {
      if (disk.full) throw new Error('no space left on device');
      return kept.change(kind, change);
    },
  };
  const books: AnswerBook[] = [];
  t.after(() => {
    for (const book of books) book.close();
  });
  const start = async (): Promise<AnswerBook> => {
    const book = await AnswerBook.open(guarded, clock);
    books.push(book);
    return book;
  };
  return { time, disk, kept, start, book: await start() };
}

const answer = (text: string): SentAnswer => ({ status: 200, headers: { etag: '"1"' }, body: Buffer.from(text) });

test('an answer is the same a day long, also for a daemon that was started anew', async (t) => {
  const { book, start, time } = await open(t);
  assert.deepEqual(await book.begin('a', 'ada', 'print'), { state: 'new' });
  await book.end('a', answer('done'), false);
  const again = await (await start()).begin('a', 'ada', 'print');
  assert.ok(again.state === 'done');
  assert.deepEqual(again.answer, answer('done'));
  time.now += answerTime;
  assert.equal((await book.begin('a', 'ada', 'print')).state, 'done');
  time.now += 1;
  assert.equal((await book.begin('a', 'ada', 'print')).state, 'new');
});

test('a second request under a key waits for nothing: it hears that the first one is under way', async (t) => {
  const { book } = await open(t);
  const both = await Promise.all([book.begin('a', 'ada', 'print'), book.begin('a', 'ada', 'print')]);
  assert.deepEqual(
    both.map(({ state }) => state),
    ['new', 'under way'],
  );
});

test('another request under the same key is not taken for the first one', async (t) => {
  const { book } = await open(t);
  await book.begin('a', 'ada', 'print');
  assert.equal((await book.begin('a', 'ada', 'another print')).state, 'another');
  await book.end('a', answer('done'), false);
  assert.equal((await book.begin('a', 'ada', 'another print')).state, 'another');
});

test('of what was begun when the daemon ended nobody knows how it went', async (t) => {
  const { book, start } = await open(t);
  await book.begin('a', 'ada', 'print');
  assert.equal((await (await start()).begin('a', 'ada', 'print')).state, 'unknown');
});

test('a request that was refused leaves its key free', async (t) => {
  const { book, start } = await open(t);
  await book.begin('a', 'ada', 'print');
  await book.forget('a');
  assert.equal((await book.begin('a', 'ada', 'another print')).state, 'new');
  await book.forget('a');
  assert.equal((await (await start()).begin('a', 'ada', 'print')).state, 'new');
});

test('a secret is kept nowhere, only that it was told', async (t) => {
  const { book, kept } = await open(t);
  await book.begin('a', 'ada', 'print');
  await book.end('a', answer('the secret'), true);
  const again = await book.begin('a', 'ada', 'print');
  assert.deepEqual([again.state, 'answer' in again], ['done', false]);
  const [item] = await kept.load<Record<string, unknown>>('answer');
  assert.deepEqual(Object.keys(item?.body ?? {}).sort(), ['asker', 'at', 'headers', 'print', 'status']);
});

test('an answer that is too large is told to be gone', async (t) => {
  const { book } = await open(t);
  await book.begin('a', 'ada', 'print');
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(Math.random() * 256)));
  await book.end('a', { ...answer(''), body: noise }, false);
  const again = await book.begin('a', 'ada', 'print');
  assert.deepEqual([again.state, 'answer' in again], ['done', false]);
});

test('what cannot be written is not done; an answer that cannot be written is unknown from then on', async (t) => {
  const { book, disk, start } = await open(t);
  disk.full = true;
  await assert.rejects(book.begin('a', 'ada', 'print'), /no space left/);
  disk.full = false;
  assert.equal((await book.begin('a', 'ada', 'print')).state, 'new');
  disk.full = true;
  await assert.rejects(book.end('a', answer('done'), false), /no space left/);
  assert.equal((await book.begin('a', 'ada', 'print')).state, 'unknown');
  disk.full = false;
  assert.equal((await (await start()).begin('a', 'ada', 'print')).state, 'unknown');
});

test('an asker has a thousand answers at most, and takes no room from others; what is under way stays', async (t) => {
  const { book, kept } = await open(t);
  await book.begin('slow', 'eve', 'print');
  await book.begin('mine', 'ada', 'print');
  await book.end('mine', answer('done'), false);
  for (let i = 0; i < 1_100; i++) {
    await book.begin(`eve ${i}`, 'eve', 'print');
    await book.end(`eve ${i}`, answer(''), false);
  }
  const items = await kept.load<{ asker: string }>('answer');
  assert.equal(items.filter(({ body }) => body.asker === 'eve').length, 1_001);
  assert.equal((await book.begin('mine', 'ada', 'print')).state, 'done');
  assert.equal((await book.begin('slow', 'eve', 'print')).state, 'under way');
  assert.equal((await book.begin('eve 0', 'eve', 'print')).state, 'new');
});

test('a clock that was wrong by years keeps no answer for years', async (t) => {
  const { book, time } = await open(t);
  time.now += 400 * 86_400_000;
  await book.begin('a', 'ada', 'print');
  await book.end('a', answer('done'), false);
  time.now -= 400 * 86_400_000;
  assert.equal((await book.begin('a', 'ada', 'print')).state, 'new');
});
