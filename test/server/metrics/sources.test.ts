import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../src/errors/app-error.ts';
import type { BridgekeeperEvent } from '../../../src/model/event.ts';
import type { GuestLimitsView } from '../../../src/reconciler/limits/contract.ts';
import type { GuestSessions, SessionSums } from '../../../src/reconciler/sessions/contract.ts';
import type { MetricName } from '../../../src/server/metrics/definitions.ts';
import { PartReader } from '../../../src/server/metrics/part-reader.ts';
import { Samples } from '../../../src/server/metrics/samples.ts';
import { alertSamples } from '../../../src/server/metrics/sources/alerts.ts';
import { EventTotals } from '../../../src/server/metrics/sources/event-totals.ts';
import { RefusalTotals } from '../../../src/server/metrics/sources/refusal-totals.ts';
import { SessionSource } from '../../../src/server/metrics/sources/sessions.ts';

const log = { info: () => {}, warn: () => {} };

/** Values of a metric by their labels, `guest=web1 limit=sessions`. */
function valuesOf(samples: Samples, name: MetricName): Record<string, number> {
  return Object.fromEntries(
    samples.of(name).map(({ value, labels, sharedLabels }) => [
      Object.entries({ ...sharedLabels, ...labels })
        .map(([key, held]) => `${key}=${held}`)
        .sort()
        .join(' '),
      value,
    ]),
  );
}

const violation = (id: number, count: number, port = 'bkp-web1.0', more: object = {}): BridgekeeperEvent => ({
  id,
  kind: 'violation',
  severity: 'warning',
  subject: { port, guest: 'web1', owner: 'team-a' },
  detail: 'spoofed_arp',
  text: 'a lie',
  at: 0,
  last: 0,
  count,
  state: 'lasting',
  ...more,
});

describe('events for the metrics', () => {
  test('are counted once each, with the frames that came since', () => {
    const totals = new EventTotals(10);
    for (const event of [
      violation(7, 1),
      violation(7, 500),
      violation(7, 500),
      violation(7, 900, 'bkp-web1.0', { state: 'over' }),
    ])
      totals.take(event);
    totals.take(violation(8, 100));
    const samples = totals.samples();
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_events_total'), { 'kind=violation severity=warning': 2 });
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_violations_total'), { 'offence=spoofed_arp': 1000 });
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_port_violations_total'), {
      'guest=web1 offence=spoofed_arp owner=team-a port=bkp-web1.0': 1000,
    });
  });

  test('of more ports than have series of their own are one series, and no frame is lost', () => {
    const totals = new EventTotals(10);
    for (let id = 1; id <= 50_000; id++) totals.take(violation(id, 2, `tap${id}`));
    const samples = totals.samples();
    const ports = valuesOf(samples, 'bridgekeeper_port_violations_total');
    assert.equal(Object.keys(ports).length, 11);
    assert.equal(ports['offence=spoofed_arp port=_other'], 2 * (50_000 - 10));
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_violations_total'), { 'offence=spoofed_arp': 100_000 });
    // One that was forgotten meanwhile is not counted again from its begin.
    totals.take(violation(1, 3, 'tap1'));
    assert.deepEqual(valuesOf(totals.samples(), 'bridgekeeper_violations_total'), { 'offence=spoofed_arp': 100_000 });
    assert.deepEqual(valuesOf(totals.samples(), 'bridgekeeper_events_total'), {
      'kind=violation severity=warning': 50_000,
    });
  });

  test('that go on since before the daemon started are not counted again from their begin', () => {
    const totals = new EventTotals(10);
    let tell: (event: BridgekeeperEvent) => void = () => {};
    const old = violation(3, 700);
    const fresh = violation(9, 40, 'bkp-db1.0', { at: Date.now() + 1000 });
    totals.start({
      lasting: () => [fresh, old],
      listen: (listener) => {
        tell = listener;
        return () => {};
      },
    });
    tell(violation(3, 705));
    const samples = totals.samples();
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_violations_total'), { 'offence=spoofed_arp': 45 });
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_events_lasting'), { 'kind=violation': 2 });
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_events_total'), { 'kind=violation severity=warning': 1 });
  });

  test('without an id wait for the journal', () => {
    const totals = new EventTotals(10);
    totals.take(violation(0, 5));
    assert.equal(totals.samples().of('bridgekeeper_events_total').length, 0);
  });
});

const refused = (guest: string, since: number, count: number, limit: 'sessions' | 'host' = 'sessions') => ({
  guest,
  sessions: 200,
  newSessions: '200/second',
  refused: [{ limit, count, since, last: since, lasting: true }],
});

test('refusals that ended and begin anew go on counting', () => {
  const totals = new RefusalTotals();
  for (const views of [[refused('web1', 1, 5)], [refused('web1', 1, 9)], [refused('web1', 100, 20)]])
    totals.take(views);
  assert.deepEqual([...totals.of('web1')], [['sessions', 29]]);
  totals.take([]);
  assert.deepEqual([...totals.of('web1')], []);
  assert.deepEqual([...totals.byLimit], [['sessions', 29]]);
});

const none: SessionSums = {
  sessions: 0,
  protocols: {},
  states: {},
  bytesSent: 0,
  bytesReceived: 0,
  packetsSent: 0,
  packetsReceived: 0,
};

/** Just the two questions that the source asks. */
function engineOf(guests: readonly GuestLimitsView[], open: readonly Partial<GuestSessions>[] | AppError) {
  const summary = async () => {
    if (open instanceof AppError) throw open;
    const all = { ...none, sessions: 30, protocols: { tcp: 20, udp: 10 } };
    return { at: 0, table: { count: 40, max: 1000 }, all, total: open.length, guests: open as GuestSessions[] };
  };
  const list = async () => ({ sessions: 500, table: { count: 40, max: 1000 }, guests });
  return { sessions: { summary } as never, limits: { list } as never };
}

describe('sessions for the metrics', () => {
  const guests = ['a', 'b', 'c', 'd'].map((guest) => ({ ...refused(guest, 1, 2), owner: 'team-a' }));
  const open = guests.map(({ guest }, place) => ({
    ...none,
    guest,
    sessions: place,
    limit: 200,
    ports: { size: 100, used: place },
  }));

  test('are those of each guest up to the bound, by name, and the sum of the others', async () => {
    const source = new SessionSource(engineOf(guests, open), 2);
    const samples = await source.collect();
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_guest_sessions_open'), {
      'guest=a owner=team-a': 0,
      'guest=b owner=team-a': 1,
      'guest=_other': 5,
    });
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_guest_sessions_limit'), {
      'guest=a owner=team-a': 200,
      'guest=b owner=team-a': 200,
      'guest=_other': 400,
    });
    assert.equal(valuesOf(samples, 'bridgekeeper_guest_sessions_refused_total')['guest=_other limit=sessions'], 4);
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_sessions_refused_total'), { 'limit=sessions': 8 });
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_protocol_sessions_open'), {
      'protocol=tcp': 20,
      'protocol=udp': 10,
    });
  });

  test('have no guests in them when those are switched off', async () => {
    const samples = await new SessionSource(engineOf(guests, open), 0).collect();
    assert.deepEqual(valuesOf(samples, 'bridgekeeper_sessions_open'), { '': 30 });
    assert.equal(samples.of('bridgekeeper_guest_sessions_open').length, 0);
    assert.equal(samples.of('bridgekeeper_guest_sessions_refused_total').length, 0);
  });

  test('are left out without a gateway; other failures are failures', async () => {
    const samples = await new SessionSource(engineOf(guests, new AppError('unsupported', 'none')), 10).collect();
    assert.equal(samples.of('bridgekeeper_sessions_open').length, 0);
    assert.equal(samples.of('bridgekeeper_guest_sessions_limit').length, 4);
    await assert.rejects(
      new SessionSource(engineOf(guests, new AppError('internal', 'broken')), 10).collect(),
      /broken/,
    );
  });
});

test('alerts are counted by rule, severity and state; notifiers say how it stands with them', async () => {
  const alert = { rule: 'dhcp', severity: 'warning', state: 'firing' };
  const samples = await alertSamples({
    list: async () =>
      [
        alert,
        { ...alert, acknowledged: { who: 'a', at: 1, reason: 'r' } },
        { ...alert, silencedBy: 3 },
        { ...alert, state: 'pending' },
        { ...alert, state: 'resolved' },
      ] as never,
    rules: async () =>
      [
        { name: 'cpu', severity: 'warning' },
        { name: 'dhcp', severity: 'warning' },
      ] as never,
    notifiers: async () => [
      { name: 'ops', kind: 'webhook', sent: 7, waiting: 2, lost: 1, lastSent: 5000, trouble: 'it refuses' },
      { name: 'mail', kind: 'email', sent: 0, waiting: 0, lost: 0 },
    ],
  });
  assert.deepEqual(valuesOf(samples, 'bridgekeeper_alerts'), {
    'rule=cpu severity=warning state=firing': 0,
    'rule=dhcp severity=warning state=firing': 3,
    'rule=dhcp severity=warning state=pending': 1,
  });
  assert.deepEqual(valuesOf(samples, 'bridgekeeper_alerts_acknowledged'), { '': 1 });
  assert.deepEqual(valuesOf(samples, 'bridgekeeper_alerts_silenced'), { '': 1 });
  assert.deepEqual(valuesOf(samples, 'bridgekeeper_notifier_up'), {
    'kind=webhook notifier=ops': 0,
    'kind=email notifier=mail': 1,
  });
  assert.deepEqual(valuesOf(samples, 'bridgekeeper_notifier_last_sent_timestamp_seconds'), {
    'kind=webhook notifier=ops': 5,
  });
});

describe('a part of the answer', () => {
  const some = new Samples();

  test('that takes long is shown as it was, and asked only once', async () => {
    let asked = 0;
    let answer: ((samples: Samples) => void) | undefined;
    const collect = (): Promise<Samples> => {
      asked += 1;
      return asked === 1 ? Promise.resolve(some) : new Promise((resolve) => (answer = resolve));
    };
    const reader = new PartReader({ part: 'status', freshFor: 0, collect }, log);
    assert.equal((await reader.read()).samples, some);
    const [first, second] = await Promise.all([reader.read(), reader.read()]);
    assert.equal(first.samples, some);
    assert.equal(second.success, true);
    assert.equal(asked, 2);
    answer?.(new Samples());
  });

  test('that cannot be read says so once in the log, and again when it can', async () => {
    const said: string[] = [];
    let broken = true;
    const reader = new PartReader(
      {
        part: 'pools',
        freshFor: 0,
        collect: async () => {
          if (broken) throw new Error('no');
          return some;
        },
      },
      { info: (_, text) => said.push(text), warn: (_, text) => said.push(text) },
    );
    assert.deepEqual(await reader.read(), { part: 'pools', success: false });
    assert.deepEqual(await reader.read(), { part: 'pools', success: false });
    broken = false;
    assert.equal((await reader.read()).success, true);
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /cannot be read/);
  });
});
