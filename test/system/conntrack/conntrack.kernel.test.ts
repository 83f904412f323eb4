import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { bytesOfIp, ipOfBytes, parseIp } from '../../../src/model/ip-address.ts';
import { type SessionFilter, SessionFlag, SessionRecords, tcpStates } from '../../../src/model/session-record.ts';
import type { Conntrack } from '../../../src/system/conntrack/conntrack.ts';
import { openConntrack } from '../../../src/system/conntrack/open-conntrack.ts';
import { shell } from '../../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../../drivers/linux/in-namespace.ts';
import {
  endAllSessions,
  listSessions,
  type MadeSession,
  makeManySessions,
  makeSession,
} from '../../drivers/linux/sessions/session-table.ts';

enterNamespace(import.meta.filename);

let table: Conntrack;
before(() => {
  shell(`
    ip link set lo up
    echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct
    echo 1 > /proc/sys/net/netfilter/nf_conntrack_timestamp
    nft 'table inet t {
      chain n { type nat hook output priority -100;
        ip daddr 198.51.100.7 tcp dport 8080 dnat ip to 127.0.0.1:80
        tcp dport 9 counter
      }
      chain z { type filter hook output priority raw;
        ip daddr 127.0.0.3 ct zone set 9
      }
    }'
  `);
  table = openConntrack();
});
after(() => table.close());
beforeEach(() => endAllSessions());

async function dump(filter?: SessionFilter): Promise<SessionRecords> {
  const records = new SessionRecords(1);
  await table.dump(records, filter);
  return records;
}

/** A record in the words of the `conntrack` tool, as far as that says something about it. */
function inItsWords(records: SessionRecords, index: number): string {
  const end = (which: number): string => ipOfBytes(records.address(index, which));
  const port = (which: number): number => records.port(index, which);
  const protocol = records.protocol(index);
  const places =
    protocol === 1 || protocol === 58
      ? [0, 2].map((at) => `type=${port(at + 1) >> 8} code=${port(at + 1) & 255} id=${port(at)}`)
      : [0, 2].map((at) => `sport=${port(at)} dport=${port(at + 1)}`);
  const counts = ([0, 1] as const).map(
    (way) => `packets=${records.packets(index, way)} bytes=${records.octets(index, way)}`,
  );
  const state = protocol === 6 ? [tcpStates[records.tcpState(index)]?.toUpperCase().replace('-', '_')] : [];
  const flags = records.flags(index);
  return [
    ...state,
    `src=${end(0)} dst=${end(1)} ${places[0]}`,
    ...(flags & SessionFlag.seenReply ? [] : ['[UNREPLIED]']),
    `${counts[0]}`,
    `src=${end(2)} dst=${end(3)} ${places[1]} ${counts[1]}`,
    ...(flags & SessionFlag.assured ? ['[ASSURED]'] : []),
    `mark=${records.mark(index)}`,
    ...(records.zone(index) ? [`zone=${records.zone(index)}`] : []),
    `id=${records.id(index)}`,
  ].join(' ');
}

/** The tool's line in the same order. */
function itsWords(line: string): string {
  const all = (pattern: RegExp): string[] => line.match(pattern) ?? [];
  const [sources, destinations] = [all(/\bsrc=\S+/g), all(/\bdst=\S+/g)];
  const places = [...line.matchAll(/(sport=\d+ dport=\d+|type=\d+ code=\d+ id=\d+)/g)].map(([place]) => place);
  const counts = all(/packets=\d+ bytes=\d+/g);
  const state = /tcp +6 \d+ (\S+)/.exec(line)?.[1];
  const zone = /zone(?:-orig)?=(\d+)/.exec(line)?.[1];
  return [
    ...(state ? [state] : []),
    `${sources[0]} ${destinations[0]} ${places[0]}`,
    ...(line.includes('[UNREPLIED]') ? ['[UNREPLIED]'] : []),
    counts[0],
    `${sources[1]} ${destinations[1]} ${places[1]} ${counts[1]}`,
    ...(line.includes('[ASSURED]') ? ['[ASSURED]'] : []),
    /mark=\d+/.exec(line)?.[0],
    ...(zone ? [`zone=${zone}`] : []),
    /id=\d+$/.exec(line)?.[0],
  ].join(' ');
}

const made: readonly MadeSession[] = [
  { from: '198.51.100.7', to: '203.0.113.10', ports: [1000, 8080], answeredBy: '10.77.10.2:80' },
  { from: '10.77.10.2', to: '198.51.100.7', ports: [40000, 443], seenAs: '203.0.113.10:20100', mark: 5 },
  { protocol: 'udp', from: '10.77.10.2', to: '198.51.100.7', ports: [40000, 65535], seenAs: '203.0.113.10:20101' },
  { protocol: 'icmp', from: '10.77.10.2', to: '198.51.100.7', ports: [77, 0], seenAs: '203.0.113.10' },
  {
    from: '203.0.113.10',
    to: '198.51.100.7',
    ports: [40000, 443],
    seenAs: '203.0.113.10:20200',
    mark: 0xfb001000,
    zone: 4095,
  },
  { from: '203.0.113.10', to: '198.51.100.7', ports: [40000, 443] },
  { from: 'fd00:77:10::2', to: '2001:db8::1', ports: [40000, 443], seenAs: '[2001:db8::10]:20100', mark: 0x1005 },
  { protocol: 'udp', from: 'fd00:77:10::2', to: '2001:db8::2', ports: [53, 53] },
  { protocol: 'icmpv6', from: 'fd00:77:10::2', to: '2001:db8::1', ports: [40, 0] },
];

/** Real ones, so that counters and times are not those of the tool: directly, translated, and in a zone of both ways. */
async function talk(): Promise<void> {
  shell(`
    ip address replace 198.51.100.1/24 dev lo
    busybox ping -c 2 -i 0.1 127.0.0.1
    busybox ping -6 -c 1 ::1
    busybox ping -c 1 -W 1 127.0.0.3 || true
  `);
  const server = net.createServer((socket) => socket.end('hello')).listen(80, '127.0.0.1');
  await once(server, 'listening');
  for (const [host, port] of [
    ['127.0.0.1', 80],
    ['198.51.100.7', 8080],
  ] as const) {
    const socket = net.connect({ host, port });
    await once(socket.resume(), 'close');
  }
  server.close();
}

test('every entry is read as the conntrack tool reads it', async () => {
  for (const session of made) makeSession(session);
  await talk();
  const records = await dump();
  const lines = listSessions();
  assert.ok(lines.length >= made.length + 5, lines.join('\n'));
  assert.deepEqual(
    Array.from({ length: records.length }, (_, index) => inItsWords(records, index)).sort(),
    lines.map(itsWords).sort(),
  );
  for (let index = 0; index < records.length; index++) {
    const { start, expires, end, flags, family } = records;
    assert.equal(family(index), ipOfBytes(records.address(index, 0)).includes(':') ? 6 : 4);
    assert.ok(flags(index) & SessionFlag.open);
    assert.equal(end(index), 0);
    assert.ok(Math.abs(start(index) - Date.now()) < 60_000, `begin ${start(index)}`);
    assert.ok(expires(index) > Date.now() - 1000, `expires ${expires(index)}`);
  }
  const translated = (flag: number): number =>
    Array.from({ length: records.length }, (_, index) => records.flags(index) & flag).filter((set) => set !== 0).length;
  assert.equal(translated(SessionFlag.sourceTranslated), 5);
  assert.equal(translated(SessionFlag.destinationTranslated), 2);
});

test('a filter finds what fits and nothing else, of every kind and of both families', async () => {
  for (const session of made) makeSession(session);
  const ip = (text: string): Uint8Array => bytesOfIp(parseIp(text));
  const filters: [SessionFilter, number[]][] = [
    [{}, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    [{ family: 4 }, [0, 1, 2, 3, 4, 5]],
    [{ family: 6 }, [6, 7, 8]],
    [{ protocol: 17 }, [2, 7]],
    [{ family: 6, protocol: 17 }, [7]],
    [{ originalSource: ip('10.77.10.2') }, [1, 2, 3]],
    [{ originalSource: ip('10.77.10.2'), protocol: 6 }, [1]],
    [{ originalDestination: ip('203.0.113.10') }, [0]],
    [{ replySource: ip('10.77.10.2') }, [0]],
    [{ replyDestination: ip('203.0.113.10') }, [1, 2, 3, 4, 5]],
    [{ replyDestination: ip('203.0.113.10'), originalSource: ip('203.0.113.10') }, [4, 5]],
    [{ originalSource: ip('fd00:77:10::2') }, [6, 7, 8]],
    [{ originalDestination: ip('2001:db8::2') }, [7]],
    [{ replyDestination: ip('2001:db8::10') }, [6]],
    [{ mark: { value: 5, mask: 0xff } }, [1, 6]],
    [{ mark: { value: 0x0b001000, mask: 0x0ffff000 } }, [4]],
    [{ mark: { value: 0xfb001000, mask: 0xffffffff } }, [4]],
    [{ originalSource: ip('192.0.2.1') }, []],
  ];
  const { length } = made;
  const all = await dump();
  assert.equal(all.length, length);
  const key = (records: SessionRecords, index: number): string => inItsWords(records, index).replace(/.*id=/, '');
  const ids = made.map(({ from, to, protocol = 'tcp', zone = 0 }) => {
    const number = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 }[protocol];
    for (let index = 0; index < length; index++) {
      const same =
        ipOfBytes(all.address(index, 0)) === from &&
        ipOfBytes(all.address(index, 1)) === to &&
        all.zone(index) === zone;
      if (same && all.protocol(index) === number) return key(all, index);
    }
    return assert.fail(`${from} to ${to} is not in the table`);
  });
  for (const [filter, expected] of filters) {
    const found = await dump(filter);
    const seen = Array.from({ length: found.length }, (_, index) => ids.indexOf(key(found, index)));
    assert.deepEqual(seen.sort(), expected, JSON.stringify(filter));
    const walked: number[] = [];
    await table.walk((piece) => {
      for (let index = 0; index < piece.length; index++) walked.push(ids.indexOf(key(piece, index)));
    }, filter);
    assert.deepEqual(walked.sort(), expected, `walk ${JSON.stringify(filter)}`);
  }
});

test('what is dumped is appended to what is there', async () => {
  for (const session of made) makeSession(session);
  const records = new SessionRecords(1);
  await table.dump(records, { family: 6 });
  await table.dump(records, { family: 4 });
  assert.equal(records.length, made.length);
});

test('each session can be deleted, once, and its neighbours stay', async () => {
  for (const session of made) makeSession(session);
  await talk();
  const records = await dump();
  for (let index = 0; index < records.length; index++) {
    const line = itsWords(listSessions().find((found) => found.endsWith(` id=${records.id(index)}`)) ?? '');
    assert.equal(line, inItsWords(records, index));
    const count = table.count();
    assert.equal(table.delete(records, index), true, line);
    assert.equal(table.count(), count - 1);
    assert.equal(table.delete(records, index), false, line);
  }
  assert.deepEqual(listSessions(), []);
});

test('a session of the same addresses and ports with another id is not the one that was meant', async () => {
  const [session] = made;
  assert.ok(session);
  makeSession(session);
  const records = await dump();
  const mistaken = new SessionRecords(1);
  mistaken.copy(records, 0);
  mistaken.u32[0] = ((mistaken.u32[0] as number) ^ 1) >>> 0;
  assert.equal(table.delete(mistaken, 0), false);
  assert.equal(listSessions().length, 1);
});

test('a session of a zone is deleted and the same of another zone is not', async () => {
  makeSession({ from: '203.0.113.10', to: '198.51.100.7', seenAs: '203.0.113.10:20003', zone: 3 });
  makeSession({ from: '203.0.113.10', to: '198.51.100.7', seenAs: '203.0.113.10:20004', zone: 4 });
  const records = await dump();
  const third = records.zone(0) === 3 ? 0 : 1;
  assert.equal(table.delete(records, third), true);
  const [left, ...others] = listSessions();
  assert.match(left ?? '', /zone-orig=4/);
  assert.deepEqual(others, []);
});

test('ten thousand sessions are read whole while the event loop goes on, and as often as asked at once', async () => {
  makeManySessions(10_000);
  let turns = 0;
  const count = setInterval(() => turns++, 0);
  const dumps = await Promise.all([dump(), dump(), dump({ protocol: 17 }), dump({ protocol: 6 })]);
  clearInterval(count);
  assert.deepEqual(
    dumps.map(({ length }) => length),
    [10_000, 10_000, 10_000, 0],
  );
  for (const records of dumps.slice(0, 3)) {
    const ports = new Set(Array.from({ length: records.length }, (_, index) => records.port(index, 0)));
    assert.equal(ports.size, 10_000);
  }
  assert.ok(turns > 3, `${turns} turns of the event loop`);
});

test('a table that is closed says so', async () => {
  const other = openConntrack();
  other.close();
  other.close();
  await assert.rejects(other.dump(new SessionRecords()), /closed/);
  assert.throws(() => other.count(), /closed/);
});
