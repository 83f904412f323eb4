import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { csvHeading, csvRecord, eventLine, renderSubject } from '../../../src/cli/events/render-events.ts';
import type { BridgekeeperEvent } from '../../../src/client/events.ts';
import { eventSchema } from '../../../src/server/schemas/events.ts';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';
import { until } from '../../events/open-stream.ts';
import { launcher, runLauncher } from '../run-launcher.ts';

const at = Date.UTC(2026, 10, 22, 12, 0, 0);
const event: BridgekeeperEvent = {
  id: 7,
  at,
  last: at + 60_000,
  kind: 'violation',
  severity: 'critical',
  subject: { guest: 'web1', nic: 'web1/0', port: 'tap0', owner: 'team-a', segment: 'dev' },
  detail: 'spoofed_mac',
  text: 'port "tap0" sends from another MAC address',
  seen: '02:00:00:00:00:07',
  count: 1234,
  state: 'lasting',
};

test('an event is a line with time, severity, kind, subject, count and what happened', () => {
  const times =
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}critical {2}violation +web1\/0 \(tap0\) +1,234 … {2}port "tap0" sends from another MAC address: 02:00:00:00:00:07$/;
  assert.match(eventLine(event), times);
  const once = { ...event, count: 1, state: 'once', text: 'a\u001b[31mb\nc' } as const;
  assert.match(
    eventLine({ ...once, subject: { service: 'dnsmasq bk-dev' } }),
    /dnsmasq bk-dev +a\\u001b\[31mb\\nc: 02/,
  );
  assert.match(eventLine({ ...event, state: 'over' }), / {2}over: port "tap0" sends /);
  assert.equal(renderSubject({ subject: { port: 'tap9' } }), 'tap9');
  assert.equal(renderSubject({ subject: {} }), '-');
  assert.equal(csvHeading().split(',').length, 22);
  assert.match(
    csvRecord({ ...event, text: '=cmd, "x"' }),
    /^7,2026-11-22T12:00:00\.000Z,2026-11-22T12:01:00\.000Z,violation,critical,lasting,1234,web1,web1\/0,tap0,team-a,dev,,,,,spoofed_mac,"'=cmd, ""x""",02:/,
  );
});

describe('bridgekeeper events', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const env = () => ({ BRIDGEKEEPER_SOCKET: daemon().socket });
  const cli = (...words: string[]) => runLauncher(words, { env: env() });

  /** A leased MAC address that two hosts report: something that is noticed without a gateway. */
  async function makeConflict(last: string): Promise<void> {
    const { macs, wire } = daemon().client;
    const mac = `02:1a:3f:00:00:${last}`;
    await macs.lease({ items: [{ guest: `guest${last}`, mac }] });
    // There, elsewhere, and there again: that is no move.
    for (const host of ['node-1', 'node-2', 'node-1']) {
      await sleep(5);
      const sighting = { mac, device: 'vnet3', bridge: 'br0' };
      await wire.report({ host, sightings: [sighting] });
    }
  }

  test('begin with none, and say what is wrong with the options', async () => {
    assert.equal((await cli('events')).stdout, 'No event matches.\n');
    const wrong = await cli('events', '--kind', 'nonsense');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /nonsense.*violation/s);
    assert.equal((await cli('events', '--since', 'yesterday-ish')).status, 2);
    assert.match((await cli('events', '--guest', 'nobody')).stderr, /there is no guest "nobody"/);
    assert.match((await cli('events', '--follow', '--until', '2026-11-22')).stderr, /but not both/);
  });

  test('are listed as a table, JSON and CSV', async () => {
    await daemon().client.putObject('pool', 'default', { range: '02:1a:3f:00:00:00/40' });
    await makeConflict('01');
    const list = await until('the conflict', async () => {
      const { stdout } = await cli('events', '--kind', 'conflict');
      return stdout.includes('02:1a:3f:00:00:01') ? stdout : undefined;
    });
    assert.match(list, /^time +severity +kind +subject +count +what\n.*conflict +02:1a:3f:00:00:01 .*node-1/);
    const { events } = JSON.parse((await cli('events', '--json', '--kind', 'conflict')).stdout);
    assert.equal(eventSchema.parse(events[0]).state, 'lasting');
    assert.match((await cli('events', '--csv', '--lasting')).stdout, /^id,time,last,kind.*\n.*,conflict,/);
    assert.equal((await cli('events', '--guest', 'guest01', '--kind', 'clock')).stdout, 'No event matches.\n');
    assert.match(
      (await cli('events', '--guest', 'guest02')).stderr,
      /there is no guest "guest02"; did you mean "guest01"/,
    );
  });

  test('are followed as they come, one JSON document a line, until the signal', async () => {
    const words = ['events', '--follow', '--json', '--kind', 'conflict'];
    const child = spawn(launcher, words, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env() } });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
    });
    const lines = (): BridgekeeperEvent[] =>
      out
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    await until('what there was', () => (lines().length > 0 ? true : undefined));
    await makeConflict('02');
    await until('what comes', () => (lines().some(({ subject }) => subject.object?.endsWith('02')) ? true : undefined));
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    assert.equal(status, 0);
    assert.match(lines()[0]?.text ?? '', /02:1a:3f:00:00:01/);
  });
});
