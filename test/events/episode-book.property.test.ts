import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Arbitrary, array, assert as check, constantFrom, integer, oneof, property, record } from 'fast-check';
import type { Episode } from '../../src/events/episode.ts';
import { EpisodeBook, foldFor } from '../../src/events/episode-book.ts';
import type { Observation } from '../../src/model/event.ts';
import { observation, StillClock } from './open-stream.ts';

const quietAfter = 10_000;
type Act = {
  readonly port: string;
  readonly lasts: Observation['lasts'];
  readonly count: number;
  readonly wait: number;
};

const acts: Arbitrary<Act[]> = array(
  record({
    port: constantFrom('a', 'b', 'c'),
    lasts: constantFrom<Observation['lasts']>(undefined, 'once', 'begins', 'over', { quietAfter }),
    count: integer({ min: 1, max: 5 }),
    wait: oneof(
      constantFrom(0, 1, foldFor - 1, foldFor, quietAfter - 1, quietAfter),
      integer({ min: 0, max: 100_000 }),
    ),
  }),
  { maxLength: 60 },
);

function play(list: readonly Act[], most: number) {
  const clock = new StillClock();
  const book = new EpisodeBook({ clock, most, room: () => true, onEnd: () => undefined });
  const seen = new Set<Episode>();
  const written: Episode[] = [];
  /** As a journal that is quick does. */
  const write = (episodes: readonly Episode[]): void => {
    for (const episode of episodes) {
      seen.add(episode);
      written.push(episode);
      episode.id ??= seen.size;
      const { count, state, severity } = episode;
      episode.written = { count, state, severity };
    }
  };
  for (const { port, lasts, count, wait } of list) {
    write(book.take(observation({ subject: { port }, count, at: clock.now(), ...(lasts ? { lasts } : {}) })));
    assert.ok(book.size <= 2 * most + 25, `${book.size} are kept in mind`);
    clock.pass(wait);
    if (wait % 3 === 0) write(book.sweep().toWrite);
  }
  return { clock, book, seen, written, write };
}

test('nothing that was seen is lost or counted twice, whatever comes in whatever order', () => {
  check(
    property(acts, integer({ min: 1, max: 4 }), (list, most) => {
      const { clock, book, seen, write } = play(list, most);
      clock.pass(100 * 86_400_000);
      write(book.sweep().toWrite);
      const counted = [...seen].reduce((sum, { count }) => sum + count, 0);
      const given = list.filter(({ lasts }) => lasts !== 'over').reduce((sum, { count }) => sum + count, 0);
      assert.equal(counted, given);
      for (const { count, written } of seen) assert.equal(written?.count, count, 'the journal knows the last count');
    }),
    { numRuns: 1000 },
  );
});

test('the same within its time is the same event; after it, or after its end, it is another one', () => {
  check(
    property(acts, (list) => {
      const { seen } = play(list, 100);
      let now = 0;
      let expected = 0;
      const open = new Map<string, { until: number; lasting: boolean; patience: number }>();
      for (const { port, lasts, wait } of list) {
        const known = open.get(port);
        const alive = known !== undefined && now < known.until ? known : undefined;
        if (lasts === 'over') {
          if (alive?.lasting) open.delete(port);
        } else {
          if (alive === undefined) expected++;
          const lasting = typeof lasts === 'object' || lasts === 'begins';
          const patience = typeof lasts === 'object' ? lasts.quietAfter : lasts === 'begins' ? Infinity : foldFor;
          // Whoever tells a moment of what lasts does not change how long it lasts.
          const own = lasting || !alive?.lasting ? patience : alive.patience;
          open.set(port, { until: now + own, lasting: lasting || (alive?.lasting ?? false), patience: own });
        }
        now += wait;
      }
      assert.equal(seen.size, expected);
    }),
    { numRuns: 1000 },
  );
});

test('what lasts is over once nothing was seen of it, and what somebody ends is over at once', () => {
  check(
    property(acts, (list) => {
      const { clock, book, seen, write } = play(list, 100);
      clock.pass(100 * 86_400_000);
      write(book.sweep().toWrite);
      const standing = new Set(book.lasting());
      for (const episode of seen) {
        const goesOn = standing.has(episode);
        assert.equal(episode.state === 'lasting', goesOn);
        if (goesOn) assert.equal(episode.quietFor, Number.POSITIVE_INFINITY, 'only what nobody ended goes on for ever');
      }
    }),
    { numRuns: 1000 },
  );
});
