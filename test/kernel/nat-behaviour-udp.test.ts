import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppError } from '../../src/errors/app-error.ts';
import { parsePortRange } from '../../src/model/port-range.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { cleaningScope, type Heard, type NatLab, siteOf, startNatLab } from './nat/nat-lab.ts';
import { shared, world } from './network.ts';

enterNamespace(import.meta.filename);

const site = {
  guests: [
    'name: web1, nics: [{segment: dev}]',
    'name: db1, nics: [{segment: dev}]',
    'name: game1, nat: {filtering: endpoint-independent}, nics: [{segment: dev}]',
    'name: full1, nics: [{segment: prod}]',
  ],
  forwards: ['port: 5353, protocol: udp, to: "db1:5353"'],
  limits: '{sessions: 5000, sessionsPerGuest: 300}',
};
const scope = cleaningScope();
let lab: NatLab;
before(async () => {
  lab = await startNatLab(scope, site);
  await lab.in('world').run(`udp('server', 9000); udp('other', 9001); udp('third', 9002)`);
});
after(() => scope.clean());

const hear = (namespace: string, socket: string, timeout = 1): Promise<Heard> =>
  lab.in(namespace).run<Heard>(`hear(${socket}, ${timeout})`);
const block = (guest: string) => parsePortRange(lab.guests.lease(guest).portBlock);
const isOf = (guest: string, port: number | undefined): boolean =>
  port !== undefined && port >= block(guest).first && port <= block(guest).last;

/** The guest sends from an inner port; the port as which the world sees it. */
async function mapped(guest: string, socket: string, inner: number, peer = 'server', port = 9000): Promise<number> {
  await lab.in(guest).run(`udp('${socket}', ${inner}); send(${socket}, '${world.ipv4}', ${port})`);
  const seen = await hear('world', peer);
  assert.equal(seen.from, shared.ipv4);
  return seen.port as number;
}

/** Seconds that the kernel gives the session with this outer port if nothing comes any more. */
function secondsLeft(port: number): number {
  const line = shell('conntrack -L -p udp 2>/dev/null')
    .split('\n')
    .find((one) => one.includes(`dst=${shared.ipv4}`) && one.includes(` dport=${port} `));
  return Number(/^udp\s+17 (\d+) /.exec(line ?? '')?.[1] ?? Number.NaN);
}

test('RFC 4787 REQ-1 and REQ-2: one inner port is one outer port of one address toward every peer', async () => {
  const first = await mapped('web1', 'a', 40_000);
  assert.ok(isOf('web1', first));
  for (const [address, port, peer] of [
    [world.ipv4, 9001, 'other'],
    [world.listed, 9002, 'third'],
    [world.unlisted, 9000, 'server'],
  ]) {
    await lab.in('web1').run(`send(a, '${address}', ${port})`);
    const seen = await hear('world', String(peer));
    assert.deepEqual([seen.from, seen.port], [shared.ipv4, first], `toward ${address}:${port}`);
  }
});

test('RFC 4787 REQ-3: guests never share a port, and no two sessions of one do toward the same peer', async () => {
  const [one, other] = [await mapped('web1', 'b', 5_555), await mapped('db1', 'b', 5_555)];
  assert.ok(isOf('web1', one) && isOf('db1', other) && one !== other);
  const ports = await lab
    .in('full1')
    .run(`for i in range(250): udp(f'p{i}'); send(globals()[f'p{i}'], '${world.ipv4}', 9000); time.sleep(0.006)`)
    .then(() => lab.in('world').run<number[]>(`[hear(server)['port'] for i in range(250)]`));
  assert.equal(new Set(ports).size, 250);
  assert.ok(ports.every((port) => isOf('full1', port)));
});

test('RFC 4787 REQ-3, not met: with as many inner ports as its block has, two of a guest share one toward two peers', async () => {
  const shares = await lab
    .in('full1')
    .run(`for i in range(40): udp(f'q{i}'); send(globals()[f'q{i}'], '${world.ipv4}', 9001); time.sleep(0.006)`)
    .then(() => lab.in('world').run<number[]>(`[hear(other).get('port') for i in range(40)]`));
  const toServer = new Set(
    [...shell('conntrack -L -p udp --orig-port-dst 9000 2>/dev/null').matchAll(/sport=9000 dport=(\d+)/g)].map(
      ([, port]) => Number(port),
    ),
  );
  assert.ok(
    shares.some((port) => toServer.has(port)),
    '290 inner ports, 300 outer ones drawn by chance',
  );
});

test('RFC 4787 REQ-3b and REQ-4, RFC 7857: an inner port that lies in the block of its guest stays as it is', async () => {
  const { first } = block('web1');
  assert.ok(first > 1023);
  for (const inner of [first + 20, first + 21]) assert.equal(await mapped('web1', 'k', inner), inner);
});

test('RFC 4787 REQ-5: two minutes for what was not answered, five for a stream', async () => {
  const port = await mapped('web1', 't', 40_100);
  const unanswered = secondsLeft(port);
  assert.ok(unanswered > 110 && unanswered <= 120, `${unanswered} s`);
  for (let i = 0; i < 3; i++) {
    await lab.in('world').run(`send(server, '${shared.ipv4}', ${port})`);
    await hear('web1', 't');
    await lab.in('web1').run(`send(t, '${world.ipv4}', 9000)`);
    await hear('world', 'server');
    await sleep(1_100);
  }
  const stream = secondsLeft(port);
  assert.ok(stream > 290 && stream <= 300, `${stream} s`);
});

test('RFC 4787 REQ-6: what the guest sends keeps a mapping alive', async () => {
  const port = await mapped('web1', 'r', 40_200);
  await sleep(2_500);
  assert.ok(secondsLeft(port) <= 118);
  await lab.in('web1').run(`send(r, '${world.ipv4}', 9000)`);
  await hear('world', 'server');
  assert.ok(secondsLeft(port) >= 119);
});

test('RFC 4787 REQ-7: a segment that holds the shared address is refused', async () => {
  const clash = siteOf(site).replace('subnet: 10.77.20.0/24', 'subnet: 203.0.113.0/24');
  await assert.rejects(lab.open.engine.plan({ text: clash }), ({ mistakes }: AppError) =>
    /203\.0\.113/.test(mistakes?.[0]?.message ?? ''),
  );
});

test('RFC 4787 REQ-8: by default only whom the guest has sent to may answer, from that very port', async () => {
  const port = await mapped('web1', 'f', 40_300);
  await lab.in('world').run(`send(other, '${shared.ipv4}', ${port}, b'stranger')`);
  assert.deepEqual(await hear('web1', 'f', 0.4), { failure: 'TimeoutError' });
  await lab.in('world').run(`send(server, '${shared.ipv4}', ${port}, b'peer')`);
  assert.equal((await hear('web1', 'f')).text, 'peer');
});

test('RFC 4787 REQ-8: anybody may, where the guest chose endpoint-independent filtering', async () => {
  const port = await mapped('game1', 'f', 40_300);
  await lab
    .in('world')
    .run(`udp('stranger', 9100, '${world.unlisted}'); send(stranger, '${shared.ipv4}', ${port}, b'hello')`);
  assert.deepEqual(await hear('game1', 'f'), { from: world.unlisted, port: 9100, length: 5, text: 'hello' });
  await lab.in('game1').run(`send(f, '${world.unlisted}', 9100, b'answer')`);
  assert.deepEqual(await hear('world', 'stranger'), { from: shared.ipv4, port, length: 6, text: 'answer' });
  await lab
    .in('world')
    .run(`send(stranger, '${shared.ipv4}', ${port + 1 <= block('game1').last ? port + 1 : port - 1}, b'x')`);
  assert.deepEqual(await hear('game1', 'f', 0.4), { failure: 'TimeoutError' }, 'another port stays shut');
});

test('an open port is shut when its guest goes, so that who comes next at its address hears nothing', async () => {
  const port = await mapped('game1', 'g', 40_400);
  assert.match(shell('nft list map inet bridgekeeper open4'), new RegExp(`udp \\. ${port} `));
  const without = site.guests.map((line) => line.replace('nat: {filtering: endpoint-independent}, ', ''));
  await lab.open.apply(siteOf({ ...site, guests: without }));
  assert.doesNotMatch(shell('nft list table inet bridgekeeper'), /open4/, 'nobody pays for what nobody uses');
  await lab.open.apply(siteOf(site));
  assert.doesNotMatch(shell('nft list map inet bridgekeeper open4'), new RegExp(`udp \\. ${port} `));
});

test('RFC 4787 REQ-9: hairpinning, with the outer address and port as source', async () => {
  await lab.in('db1').run(`udp('service', 5353)`);
  await lab.in('web1').run(`udp('h', 40_500); send(h, '${shared.ipv4}', 5353, b'in')`);
  const seen = await hear('db1', 'service');
  assert.deepEqual([seen.from, isOf('web1', seen.port)], [shared.ipv4, true]);
  await lab.in('db1').run(`send(service, '${shared.ipv4}', ${seen.port}, b'out')`);
  assert.deepEqual(await hear('web1', 'h'), { from: shared.ipv4, port: 5353, length: 3, text: 'out' });
  const port = await mapped('game1', 'e', 40_510);
  await lab.in('web1').run(`send(h, '${shared.ipv4}', ${port}, b'peer')`);
  const peer = await hear('game1', 'e');
  assert.deepEqual([peer.from, isOf('web1', peer.port)], [shared.ipv4, true]);
});

test('RFC 4787 REQ-10, RFC 5382 REQ-6: no gateway of the application level changes what is said', async () => {
  const text = `PORT 10,77,10,2,1,2 Contact: <sip:a@10.77.10.2:5060>`;
  await lab.in('world').run(`udp('sip', 5060)`);
  await lab.in('web1').run(`udp('l', 40_600); send(l, '${world.ipv4}', 5060, b'${text}')`);
  assert.equal((await hear('world', 'sip')).text, text);
  assert.doesNotMatch(shell('conntrack -L 2>/dev/null'), /helper=/);
});

test('RFC 4787 REQ-11: the same under load: toward a new peer a port stays when its block is nearly full', async () => {
  for (let i = 0; i < 8; i++) {
    await lab.in('full1').run(`send(p${i}, '${world.listed}', 9002)`);
    const one = await hear('world', 'third');
    await lab.in('full1').run(`send(p${i}, '${world.ipv4}', 9000)`);
    assert.equal((await hear('world', 'server')).port, one.port, `socket ${i}`);
  }
});

test('RFC 4787 REQ-3a, not met: an inner port below 1024 is an outer one of the block all the same', async () => {
  const port = await mapped('web1', 'low', 500);
  assert.ok(isOf('web1', port) && port > 1023);
});

test('RFC 7857 on randomness: outer ports do not follow one another', async () => {
  const ports: number[] = [];
  for (let i = 0; i < 12; i++) ports.push(await mapped('db1', 'd', 42_000 + i));
  const steps = new Set(ports.slice(1).map((port, i) => port - (ports[i] as number)));
  assert.ok(steps.size > 8, ports.join(' '));
});

test('RFC 7857 on refreshing: what others send does not keep an open port open', async () => {
  const port = await mapped('game1', 'x', 40_700);
  const left = (): number => {
    const listed = new RegExp(`udp \\. ${port} [^,]*expires (?:(\\d+)m)?(?:(\\d+)s)?`).exec(
      shell('nft list map inet bridgekeeper open4'),
    );
    return Number(listed?.[1] ?? 0) * 60 + Number(listed?.[2] ?? 0);
  };
  await sleep(2_200);
  await lab.in('world').run(`send(third, '${shared.ipv4}', ${port}, b'stranger')`);
  assert.equal((await hear('game1', 'x')).text, 'stranger');
  const before = left();
  assert.ok(before > 250 && before <= 298, `${before} s`);
  await lab.in('game1').run(`send(x, '${world.ipv4}', 9002)`);
  await hear('world', 'third');
  assert.ok(left() >= 299, 'an answer of the guest does');
});

test('policies hold at open ports', async () => {
  const port = await mapped('game1', 'y', 40_800);
  await lab.open.apply(
    siteOf({ ...site, policies: ['name: shut, from: world, to: game1, ports: [udp], action: deny'] }),
  );
  await lab.in('world').run(`send(third, '${shared.ipv4}', ${port}, b'stranger')`);
  assert.deepEqual(await hear('game1', 'y', 0.5), { failure: 'TimeoutError' });
  await lab.in('world').run(`send(server, '${shared.ipv4}', ${port}, b'peer')`);
  assert.equal((await hear('game1', 'y')).text, 'peer');
  await lab.open.apply(siteOf(site));
  await lab.in('world').run(`send(third, '${shared.ipv4}', ${port}, b'stranger')`);
  assert.equal((await hear('game1', 'y')).text, 'stranger');
});
