import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Refusal } from '../../../src/drivers/driver.ts';
import { parseIpv4 } from '../../../src/model/ip-address.ts';
import type { Limits } from '../../../src/model/site.ts';
import { describeRefusal } from '../../../src/reconciler/limits/describe-refusal.ts';
import { overAfter, RefusalBook } from '../../../src/reconciler/limits/refusal-book.ts';
import { desiredSite } from '../../drivers/linux/nftables/desired-site.ts';
import { siteText } from '../sites.ts';

const { desired } = await desiredSite(
  siteText({
    guests: [
      'name: web1, nics: [{segment: dev, ip: 10.77.10.20, mac: "02:1a:3f:00:10:01"}]',
      'name: db1, nics: [{segment: prod, ip: 10.77.20.20}]',
      'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
    ],
  }),
);
const minute = 60_000;
const start = Date.UTC(2026, 10, 22, 5);

/** A look at the host `after` milliseconds. */
function look(book: RefusalBook, after: number, ...refusals: Refusal[]): string[] {
  return book.take(refusals, desired, start + after).map(({ guest, count }) => `${guest}: ${count}`);
}
const refused = (ip: string, count: number, ago = 0, limit: Refusal['limit'] = 'sessions'): Refusal => ({
  limit,
  of: { address: parseIpv4(ip) },
  count,
  ago,
});
const web = (count: number, ago = 0) => refused('10.77.10.20', count, ago);

test('what is new since the last look is told, and it lasts until nothing is new for a while', () => {
  const book = new RefusalBook();
  assert.deepEqual(look(book, 0, web(5)), ['web1: 5']);
  assert.deepEqual(look(book, 2_000, web(5)), []);
  for (let i = 1; i < 59; i++) assert.deepEqual(look(book, i * minute, web(5 + i)), ['web1: 1'], `minute ${i}`);
  assert.deepEqual(look(book, 60 * minute, web(100)), ['web1: 37']);
  assert.deepEqual(look(book, 61 * minute, web(100, minute)), []);
  assert.equal(book.lasting().length, 1);
  assert.deepEqual(look(book, 60 * minute + overAfter, web(100, overAfter)), []);
  assert.deepEqual(book.lasting(), []);
  assert.deepEqual(book.of('web1'), [
    { limit: 'sessions', count: 100, since: start, last: start + 60 * minute, lasting: false },
  ]);
  assert.deepEqual(look(book, 90 * minute, web(103)), ['web1: 3']);
  assert.equal(book.of('web1')[0]?.count, 3, 'what comes back is counted anew');
});

test('guests, limits and addresses are told apart; both addresses of one guest are one event', () => {
  const book = new RefusalBook();
  const nic = desired.nics.get('web1/0');
  assert.ok(nic?.ipv6);
  const notes = look(
    book,
    0,
    web(5),
    { limit: 'sessions', of: { address: nic.ipv6 }, count: 7, ago: 0 },
    refused('10.77.10.20', 3, 0, 'new-sessions'),
    refused('10.77.20.20', 2),
    { limit: 'all-sessions', of: { shareId: desired.sameAddress.get('sip1')?.shareId ?? 0 }, count: 9, ago: 0 },
    { limit: 'host', of: { mac: nic.mac }, count: 4, ago: 0 },
    refused('10.77.20.99', 50),
  );
  assert.deepEqual(notes, ['web1: 5', 'web1: 7', 'web1: 3', 'db1: 2', 'sip1: 9', 'web1: 4']);
  assert.equal(book.of('web1').find(({ limit }) => limit === 'sessions')?.count, 12);
});

test('counts that begin anew are no refusals taken back, and guests that are gone are forgotten', () => {
  const book = new RefusalBook();
  look(book, 0, web(500));
  assert.deepEqual(look(book, 2_000, web(4)), ['web1: 4']);
  assert.equal(book.of('web1')[0]?.count, 504);
  look(book, 4_000);
  look(book, 6_000, web(4));
  assert.equal(book.of('web1')[0]?.count, 508, 'an element that was gone counts from nothing');
  book.keep(new Set(['db1']));
  assert.deepEqual([...book.guests()], []);
});

test('an event says what was allowed', () => {
  const limits = { ...desired.limits, sessions: 900 } satisfies Limits;
  const tell = (limit: Refusal['limit']): string =>
    describeRefusal('web1', limit, limits, { newSessions: { count: 5, per: 'minute' } });
  assert.equal(tell('sessions'), 'guest "web1" has as many sessions open as it may, 200: new ones are refused');
  assert.equal(tell('new-sessions'), 'guest "web1" begins more sessions than its 5/minute: the others are refused');
  assert.match(tell('all-sessions'), /together, 900: .*guest "web1"/);
  assert.match(tell('host'), /guest "web1" asks more of the host/);
});
