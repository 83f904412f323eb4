import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Column, fitColumns, guestColumns, sessionColumns, withRates } from '../../../src/cli/sessions/columns.ts';
import { parseFilterLine, renderFilterLine } from '../../../src/cli/sessions/filter-options.ts';
import { renderScreen, type ScreenState } from '../../../src/cli/sessions/render-screen.ts';
import type { GuestSessions, SessionView } from '../../../src/client/sessions.ts';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';
import { rejectsWith } from '../../server/answers.ts';
import { launcher, runLauncher } from '../run-launcher.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';

const now = Date.parse('2026-11-22T05:00:00Z');

const session: SessionView = {
  id: 1,
  guest: 'web1',
  nic: 0,
  segment: 'dev',
  direction: 'in',
  forward: 'tcp/8080',
  protocol: 'tcp',
  state: 'established',
  inner: { address: '10.77.10.2', port: 80 },
  public: { address: '2001:db8::10', port: 8080 },
  peer: { address: '2001:db8::1', port: 443 },
  bytesSent: 1_500_000,
  bytesReceived: 999,
  packetsSent: 1000,
  packetsReceived: 24,
  startedAt: now - 3 * 3600_000,
  expiresAt: now + 90_000,
};

const guest: GuestSessions = {
  guest: 'web1',
  sessions: 12,
  protocols: { tcp: 7, udp: 2, icmp: 1, icmpv6: 1, gre: 1 },
  states: { established: 4, 'syn-sent': 2, 'syn-recv': 1, assured: 5 },
  bytesSent: 1,
  bytesReceived: 2,
  packetsSent: 3,
  packetsReceived: 4,
  limit: 1000,
  ports: { size: 200, used: 50 },
};

const shown = (rows: ScreenState['shown']['rows'], total: number): ScreenState['shown'] => ({
  at: now,
  table: { count: 5000, max: 262_144 },
  sessions: total,
  total,
  rows,
});

const state = (count: number, more: Partial<ScreenState> = {}): ScreenState => ({
  watched: { filter: {}, byGuest: false, sort: 'bytes' },
  shown: shown({ kind: 'sessions', list: Array.from({ length: count }, (_, id) => ({ ...session, id })) }, count),
  top: 0,
  ...more,
});

const plain = (_: string, text: string): string => text;

test('a session is one line of what people read, and addresses of IPv6 stand in brackets', () => {
  const [headings, line] = fitColumns(sessionColumns(now), [session], 500);
  assert.match(
    headings ?? '',
    /^NIC +way +proto +state +inner +public +peer +forward +sent +recv +packets +age +left$/,
  );
  assert.match(
    line ?? '',
    /^web1\/0 +in +tcp +established +10\.77\.10\.2:80 +\[2001:db8::10\]:8080 +\[2001:db8::1\]:443 +tcp\/8080 +1\.5 MB +999 B +1024 +3h +1m$/,
  );
});

test('a guest is one line with sums, shares of protocols and how full its port block is', () => {
  const [, line] = fitColumns(guestColumns(), [guest], 500);
  assert.match(line ?? '', /^web1 +- +12 +1000 +7 +2 +2 +1 +4 +3 +1 B +2 B +25 %$/);
});

test('columns that there is no room for are left out, the most important stay, and no line is too long', () => {
  const rows = [session, { ...session, guest: 'a-guest-with-a-very-long-name-indeed' }];
  for (let width = 1; width <= 200; width++) {
    const lines = fitColumns(withRates(sessionColumns(now)), rows, width);
    assert.equal(lines.length, 3);
    assert.ok(
      lines.every((line) => line.length <= width),
      `${width}: ${JSON.stringify(lines)}`,
    );
  }
  const [narrow] = fitColumns(withRates(sessionColumns(now)), [session], 80);
  assert.match(narrow ?? '', /^NIC .*proto .*peer +sent\/s +recv\/s +sent +recv/);
});

test('what a name holds cannot draw on the terminal', () => {
  const column: Column<string> = { heading: 'x', rank: 0, cell: (text) => text };
  assert.deepEqual(fitColumns([column], ['a\u001b[2Jb\nc'], 80), ['x', 'a\\u001b[2Jb\\nc']);
});

test('a screen has exactly the lines of the terminal, whatever its size', () => {
  for (const [columns, rows] of [
    [80, 24],
    [200, 60],
    [20, 5],
    [10, 3],
  ] as const) {
    for (const count of [0, 1, 500]) {
      const { lines } = renderScreen(state(count), { columns, rows }, plain);
      assert.equal(lines.length, rows);
      assert.ok(
        lines.every((line) => line.length <= columns),
        lines.join('\n'),
      );
    }
  }
});

test('a screen tells how many there are, how full the table is, and which rows are shown', () => {
  const { lines, cursor } = renderScreen(state(500, { top: 40 }), { columns: 80, rows: 24 }, plain);
  assert.equal(lines[0], '500 sessions   table 5,000 of 262,144 (2 %)   sorted by bytes');
  assert.match(lines.at(-1) ?? '', /^q quit .* 41-60 of 500$/);
  assert.equal(cursor, undefined);
  const typing = renderScreen(state(1, { typed: 'guest web1' }), { columns: 80, rows: 24 }, plain);
  assert.deepEqual([typing.lines.at(-1), typing.cursor], ['/guest web1', 11]);
  const refused = renderScreen(state(1, { message: 'There is\u0007 no guest' }), { columns: 80, rows: 24 }, plain);
  assert.equal(refused.lines[1], 'There is\\u0007 no guest');
});

test('a line of conditions is read as the options are, and written as it can be read again', () => {
  const filter = { guest: 'web1', port: 443, older: 3600, peer: '198.51.100.0/24' };
  assert.deepEqual(parseFilterLine('--guest web1 port=443  older 1h peer 198.51.100.0/24'), filter);
  assert.deepEqual(parseFilterLine(renderFilterLine(filter)), filter);
  assert.deepEqual(parseFilterLine('   '), {});
  for (const [line, pattern] of [
    ['gest web1', /"gest" is none of guest, owner/],
    ['guest', /after "guest" there is nothing/],
    ['port 70000', /"70000" is not a whole number from 1 to 65535/],
    ['port', /after "port" there is nothing/],
    ['peer 10.77', /"10\.77"/],
    ['older soon', /duration "soon"/],
    ['direction up', /"up" is none of out, in/],
    ['constructor 1', /"constructor" is none of/],
  ] as const) {
    assert.throws(() => parseFilterLine(line), rejectsWith('value-invalid', pattern), line);
  }
});

describe('sessions commands', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const sessions = (...words: string[]) =>
    runLauncher(['sessions', ...words], { env: { BRIDGEKEEPER_SOCKET: daemon().socket } });

  test('without a gateway there are none to be told of, which is said', async () => {
    for (const words of [[], ['--by', 'guest'], ['kill', '--guest', 'web1', '--yes']]) {
      const { status, stderr } = await sessions(...words);
      assert.equal(status, 1, words.join(' '));
      assert.match(stderr, /without a gateway, so it knows of no sessions/);
    }
  });

  test('on a terminal too, and the screen is not touched then', async (t) => {
    const command = `${launcher} sessions --socket ${daemon().socket}; echo "status $?"`;
    const terminal = new PseudoTerminal(command, { columns: 80, rows: 24 });
    t.after(() => terminal.kill());
    await terminal.ended();
    assert.match(terminal.screen.lines.join('\n'), /without a gateway[\s\S]*status 1/);
  });

  test('Ctrl-C and Ctrl-D at a question are a no', async (t) => {
    for (const key of ['\u0003', '\u0004']) {
      const command = `${launcher} destroy --socket ${daemon().socket}; echo "status $?"`;
      const terminal = new PseudoTerminal(command, { columns: 80, rows: 24 });
      t.after(() => terminal.kill());
      await terminal.shows(/to go on:/);
      terminal.type(key);
      await terminal.ended();
      assert.doesNotMatch(terminal.screen.lines.join('\n'), /Abort|foresee/);
      assert.match(terminal.screen.lines.join('\n'), /status 1/);
    }
  });

  test('wrong input is said with exit status 2', async () => {
    for (const [words, sentence] of [
      [['--port', '0'], /"0" is not a whole number/],
      [['--peer', '10.77.10'], /"10\.77\.10"/],
      [
        ['--peer', '10.77.10.2:80'],
        /"10\.77\.10\.2:80" is not an address alone; expected one without brackets and port/,
      ],
      [['--peer', '[2001:db8::1]'], /"\[2001:db8::1\]" is not an address alone/],
      [['--peer', '10.77.10.5/24'], /host bits set; the network of that address is "10\.77\.10\.0\/24"/],
      [['--protocol', 'tpc'], /"tpc"/],
      [['--older', 'soon'], /duration "soon"/],
      [['--direction', 'up'], /"up" is none of/],
      [['--limit', '10001'], /10001/],
      [['--sort', 'sessions'], /--sort sessions has no meaning here; expected bytes, packets, age/],
      [['--by', 'guest', '--sort', 'age'], /--sort age has no meaning here/],
      [['--by', 'segment'], /guest/],
      [['kill'], /at least one condition/],
      [['--guest', 'web1', 'kill', '--yes'], /at least one condition/],
      [['kill', '--port', 'x'], /"x"/],
      [['all'], /too many arguments/],
    ] as const) {
      const { status, stderr } = await sessions(...words);
      assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
      assert.match(stderr, sentence);
    }
  });

  test('the API refuses what it does not know', async () => {
    const { client } = daemon();
    const query = { limit: 0 };
    await assert.rejects(client.sessions.list(query), rejectsWith('request-invalid', /limit/));
    await assert.rejects(client.sessions.list({ port: 70_000 }), rejectsWith('request-invalid', /port/));
    await assert.rejects(client.sessions.summary({ sort: 'age' as never }), rejectsWith('request-invalid', /sort/));
    await assert.rejects(client.sessions.kill({ gest: 'web1' } as never), rejectsWith('request-invalid', /gest/));
  });
});
