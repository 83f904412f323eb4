import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SessionFlag } from '../../../src/model/session-record.ts';
import { chooseSessions } from '../../../src/reconciler/sessions/choose-sessions.ts';
import type { SessionFilter, SessionView } from '../../../src/reconciler/sessions/contract.ts';
import { newPlacing, placeSession } from '../../../src/reconciler/sessions/place-session.ts';
import { planLooks } from '../../../src/reconciler/sessions/plan-looks.ts';
import { readFilter } from '../../../src/reconciler/sessions/read-filter.ts';
import { viewSessions } from '../../../src/reconciler/sessions/session-views.ts';
import { sumSessions } from '../../../src/reconciler/sessions/sum-sessions.ts';
import { familyOf, fits } from '../../../src/system/conntrack/entry-filter.ts';
import { fillRecords, type Written } from './fill-records.ts';
import { names } from './sessions-of-site.ts';

const now = Date.parse('2026-11-22T05:00:00Z');
const world = '198.51.100.7';
const shared = '203.0.113.10';

async function listed(sessions: readonly Written[], filter: SessionFilter = {}): Promise<SessionView[]> {
  const look = { at: now, records: fillRecords(sessions) };
  const { chosen } = await chooseSessions(look, names, readFilter(filter, names), { limit: 1000 });
  return viewSessions(look.records, chosen, names);
}

const briefly = ({ guest, nic, direction, other, forward }: SessionView): string =>
  [`${guest}/${nic}`, direction, other?.guest, forward].filter((word) => word !== undefined).join(' ');

/** One of each kind that there is. */
const kinds: Record<string, Written> = {
  'web1/0 out': { original: ['10.77.10.2:4000', `${world}:443`], reply: [`${world}:443`, `${shared}:20001`] },
  'web1/1 out': {
    original: ['10.77.20.2:4000', `${world}:53`],
    reply: [`${world}:53`, `${shared}:21001`],
    protocol: 'udp',
  },
  'db1/0 out': {
    original: ['[fd00:77:10::3]:4000', '[2001:db8::1]:443'],
    reply: ['[2001:db8::1]:443', '[2001:db8::10]:20101'],
  },
  'web1/0 in tcp/8080': { original: [`${world}:5000`, `${shared}:8080`], reply: ['10.77.10.2:80', `${world}:5000`] },
  'web1/0 in udp/30000-30009': {
    original: [`${world}:5000`, `${shared}:30004`],
    reply: ['10.77.10.2:30004', `${world}:5000`],
    protocol: 'udp',
  },
  'web1/0 in': {
    original: [`${world}:5000`, `${shared}:20007`],
    reply: ['10.77.10.2:7', `${world}:5000`],
    protocol: 'udp',
  },
  'sip1/0 in': { original: [`${world}:5060`, `${shared}:5060`], shareId: 7, protocol: 'udp' },
  'sip1/0 out': {
    original: [`${shared}:40000`, `${world}:80`],
    reply: [`${world}:80`, `${shared}:20201`],
    shareId: 7,
    zone: 7,
  },
  'sip1/0 to-host': { original: [`${shared}:40000`, '169.254.1.1:53'], shareId: 7, zone: 7, protocol: 'udp' },
  'sip1/0 from-host': {
    original: [`${shared}:40000`, `${shared}:5060`],
    reply: [`${shared}:5060`, '169.254.1.1:40000'],
    shareId: 7,
  },
  'db1/0 between web1 tcp/8080': {
    original: ['10.77.10.3:4000', `${shared}:8080`],
    reply: ['10.77.10.2:80', `${shared}:20102`],
  },
  'db1/0 between web1': { original: ['10.77.10.3:4000', '10.77.10.2:80'] },
  'db1/0 between sip1': { original: ['10.77.10.3:4000', `${shared}:5060`], shareId: 7 },
  'web1/0 to-host': { original: ['10.77.10.2:4000', '10.77.10.1:53'], protocol: 'udp' },
  'db1/0 from-host': { original: ['10.77.10.1:4000', '10.77.10.3:22'] },
  'db1/0 from-host ': { original: ['192.168.5.9:4000', '10.77.10.3:22'] },
};

test('a session is placed by its addresses, its mark, its zone and what was translated', async () => {
  for (const [expected, session] of Object.entries(kinds)) {
    assert.deepEqual((await listed([session])).map(briefly), [expected.trim()], JSON.stringify(session));
  }
});

test('sessions of the host, of other containers and of guests that are gone are nobody’s here', async () => {
  const others: Written[] = [
    { original: [`${shared}:50000`, `${world}:443`] },
    { original: [`${world}:50000`, `${shared}:22`] },
    { original: ['172.17.0.2:4000', `${world}:443`], reply: [`${world}:443`, `${shared}:35000`] },
    { original: [`${world}:4000`, `${shared}:9090`], reply: ['172.17.0.2:80', `${world}:4000`] },
    { original: ['10.77.10.99:4000', `${world}:443`], reply: [`${world}:443`, `${shared}:20002`] },
    { original: [`${world}:5060`, `${shared}:6060`], shareId: 8 },
    { original: ['[fd00:77:10::99]:4000', '[2001:db8::1]:443'] },
    // The low words of a guest's addresses, and nothing else of them.
    { original: ['[fd00:99::3]:4000', '[2001:db8::1]:443'] },
  ];
  assert.deepEqual(await listed(others), []);
});

test('a session is bridged when nothing of it is translated between two guests of one segment', () => {
  const placing = newPlacing();
  const bridged = Object.entries(kinds).filter(([, session]) => {
    placeSession(fillRecords([session]), 0, names, placing);
    return placing.bridged;
  });
  assert.deepEqual(
    bridged.map(([name]) => name),
    ['db1/0 between web1'],
  );
});

test('of ICMP the identifier is shown, inside and outside', async () => {
  const [view] = await listed([
    {
      original: ['10.77.10.2:77', `${world}:2048`],
      reply: [`${world}:20005`, `${shared}:0`],
      protocol: 'icmp',
      flags: 0,
    },
  ]);
  assert.deepEqual(
    [view?.inner, view?.public, view?.peer, view?.state],
    [{ address: '10.77.10.2', port: 77 }, { address: shared, port: 20_005 }, { address: world }, 'unreplied'],
  );
});

test('bytes and packets are told as the guest sees them', async () => {
  const counters = { bytes: [100, 7000], packets: [1, 7] } as const;
  const [out] = await listed([{ ...(kinds['web1/0 out'] as Written), ...counters }]);
  const [inbound] = await listed([{ ...(kinds['web1/0 in tcp/8080'] as Written), ...counters }]);
  assert.deepEqual([out?.bytesSent, out?.bytesReceived, out?.packetsReceived], [100, 7000, 7]);
  assert.deepEqual([inbound?.bytesSent, inbound?.bytesReceived, inbound?.packetsReceived], [7000, 100, 1]);
});

test('conditions let through what they name, and no more', async () => {
  const all = Object.values(kinds);
  const count = async (filter: SessionFilter): Promise<number> => (await listed(all, filter)).length;
  assert.equal(await count({}), all.length);
  assert.equal(await count({ guest: 'sip1' }), 5);
  assert.equal(await count({ owner: 'team-a' }), 8);
  assert.equal(await count({ segment: 'prod' }), 1);
  assert.equal(await count({ guest: 'web1', segment: 'prod' }), 1, 'of one NIC both must hold');
  assert.equal(await count({ guest: 'db1', segment: 'prod' }), 0);
  assert.equal(await count({ port: 8080 }), 2);
  assert.equal(await count({ port: 20_001 }), 1, 'after translation');
  assert.equal(await count({ peer: '198.51.100.0/24' }), 7);
  assert.equal(await count({ peer: '0.0.0.0/0' }), all.length - 1);
  assert.equal(await count({ peer: '2001:db8::/47' }), 1);
  assert.equal(await count({ peer: '10.77.10.2/31' }), 3, 'either guest of a session between two');
  assert.equal(await count({ direction: 'from-host' }), 3);
  assert.equal(await count({ protocol: '17' }), await count({ protocol: 'UDP' }));
});

test('an identifier of ICMP is no port', async () => {
  const ping: Written = { original: ['10.77.10.2:443', `${world}:2048`], protocol: 'icmp' };
  assert.deepEqual(await listed([ping], { port: 443 }), []);
});

test('states are those of TCP, or how far others got', async () => {
  const out = kinds['web1/0 out'] as Written;
  const udp = kinds['web1/1 out'] as Written;
  const sessions: Written[] = [
    { ...out, state: 'syn-sent', flags: 0 },
    { ...out, state: 'syn-recv' },
    { ...out, state: 'established' },
    { ...udp, flags: 0 },
    { ...udp, flags: SessionFlag.seenReply },
    udp,
  ];
  const views = await listed(sessions);
  assert.deepEqual(
    views.map(({ state }) => state),
    ['syn-sent', 'syn-recv', 'established', 'unreplied', 'replied', 'assured'],
  );
  assert.deepEqual(
    (await listed(sessions, { state: 'half-open' })).map(({ id }) => id),
    [1, 2],
  );
  assert.deepEqual(
    (await listed(sessions, { state: 'Replied' })).map(({ id }) => id),
    [5],
  );
});

test('what has no known begin is neither old nor young', async () => {
  const out = kinds['web1/0 out'] as Written;
  const sessions = [out, { ...out, start: now - 10_000 }, { ...out, start: now - 7200_000 }];
  assert.deepEqual(
    (await listed(sessions, { older: 60 })).map(({ id }) => id),
    [3],
  );
  assert.deepEqual(
    (await listed(sessions, { younger: 60 })).map(({ id }) => id),
    [2],
  );
  assert.deepEqual(
    (await listed(sessions, { older: 5, younger: 60 })).map(({ id }) => id),
    [2],
  );
});

test('the chosen are those that sorting everything would have put first, whatever the numbers', async () => {
  const out = kinds['web1/0 out'] as Written;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ bytes: fc.nat(50), start: fc.nat(50) }), { maxLength: 3000 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(40),
      async (written, limit, offset) => {
        const records = fillRecords(written.map(({ bytes, start }) => ({ ...out, bytes: [bytes, 1], start })));
        const look = { at: now, records };
        for (const [sort, key] of [
          ['bytes', (index: number) => -(written[index]?.bytes ?? 0)],
          ['age', (index: number) => written[index]?.start ?? 0],
        ] as const) {
          const sorted = [...written.keys()].sort((a, b) => key(a) - key(b) || a - b);
          const choice = await chooseSessions(look, names, readFilter({}, names), { sort, limit, offset });
          assert.deepEqual(choice, { total: written.length, chosen: sorted.slice(offset, offset + limit) });
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('whatever fits a filter is in what the kernel is asked for, once or more', () => {
  const filters: SessionFilter[] = [
    { guest: 'db1' },
    { guest: 'sip1' },
    { guest: 'web1', protocol: 'tcp' },
    { peer: world },
    { peer: '2001:db8::1', protocol: 'tcp' },
    { owner: 'team-a', peer: world },
  ];
  const records = fillRecords(Object.values(kinds));
  const placing = newPlacing();
  let narrowed = 0;
  for (const filter of filters) {
    const conditions = readFilter(filter, names);
    const looks = planLooks(conditions, names);
    if (looks === undefined) continue;
    narrowed++;
    for (let index = 0; index < records.length; index++) {
      if (!placeSession(records, index, names, placing) || !conditions.fits(records, index, placing, now)) continue;
      const asked = looks.some((look) => fits(records, index, look, familyOf(look)));
      assert.ok(asked, `${JSON.stringify(filter)} misses ${Object.keys(kinds)[index]}`);
    }
  }
  assert.ok(narrowed >= 4, 'a guest and a peer are asked for in the kernel');
});

test('sums count each session once in all and once for each guest, and ports by the protocol that uses most', async () => {
  const out = kinds['web1/0 out'] as Written;
  const toPort = (port: number, protocol = 'tcp'): Written => ({
    ...out,
    protocol,
    reply: [`${world}:443`, `${shared}:${port}`],
    bytes: [10, 1],
  });
  const records = fillRecords([
    toPort(20_000),
    toPort(20_000),
    toPort(21_099),
    toPort(20_001, 'udp'),
    { ...(kinds['db1/0 between web1 tcp/8080'] as Written), bytes: [5, 500] },
    { original: ['10.77.10.2:1', `${shared}:8080`], reply: ['10.77.10.2:80', `${shared}:20003`], bytes: [1, 1] },
  ]);
  const sums = await sumSessions({ at: now, records }, names, readFilter({}, names), { limit: 10 });
  assert.deepEqual([sums.all.sessions, sums.total], [6, 2]);
  const [first, second] = sums.guests;
  assert.deepEqual([first?.guest, first?.sessions, first?.bytesSent, first?.bytesReceived], ['web1', 6, 541, 10]);
  assert.deepEqual([second?.guest, second?.sessions, second?.bytesSent, second?.bytesReceived], ['db1', 1, 5, 500]);
  assert.deepEqual(first?.ports, { size: 200, used: 3 });
  assert.deepEqual(first?.protocols, { tcp: 5, udp: 1 });
  const filtered = await sumSessions({ at: now, records }, names, readFilter({ protocol: 'udp' }, names), {
    limit: 10,
  });
  assert.deepEqual([filtered.all.sessions, filtered.guests[0]?.ports.used], [1, 3], 'ports are those of all sessions');
});
