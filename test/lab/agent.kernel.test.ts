import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Agent, startAgent } from '../../src/lab/agent-client.ts';
import { listAttacks, marker } from '../../src/lab/attacks.ts';
import { planLab } from '../../src/lab/build.ts';
import { type LabHandle, startHolder, stopLab } from '../../src/lab/holder.ts';
import { enterCommand } from '../../src/lab/run-inside.ts';
import type { Lease } from '../../src/lab/scene.ts';
import { parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { broadcastMac, ethernetFrame } from '../../src/system/raw-frame.ts';
import { runCommand } from '../../src/system/run-command.ts';

/** A lab without Bridgekeeper: a plain bridge lets everything through, so that "nothing arrives" means something. */
const lease = (mac: string, ipv4: string, ipv6: string, port: string): Lease => ({
  mac: parseMacAddress(mac),
  ipv4: parseIpv4(ipv4),
  ipv6: parseIpv6(ipv6),
  port,
  block: { first: 1024, last: 2023 },
});
const web1 = lease('02:1a:3f:00:00:01', '10.77.10.2', 'fd00:77:10::2', 'bkp-web1.0');
const db1 = lease('02:1a:3f:00:10:01', '10.77.10.20', 'fd00:77:10::20', 'bkp-db1.0');

let lab: LabHandle;
const agents = new Map<string, Agent>();
const agent = (name: string): Agent => agents.get(name) as Agent;
const run = (...words: string[]) => runCommand([...enterCommand(lab), ...words]);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

before(async () => {
  lab = await startHolder({ dieWithParent: true });
  for (const command of planLab([{ name: 'web1' }, { name: 'db1' }])) await run(...command);
  await run('ip', '-n', 'host', 'link', 'add', 'plain', 'type', 'bridge');
  await run('ip', '-n', 'host', 'link', 'set', 'plain', 'up');
  for (const [name, { mac, ipv4, port }] of [
    ['web1', web1],
    ['db1', db1],
  ] as const) {
    await run('ip', '-n', 'host', 'link', 'set', port, 'master', 'plain');
    await run('ip', '-n', name, 'link', 'set', 'eth0', 'address', mac);
    await run('ip', '-n', name, 'link', 'set', 'eth0', 'up');
    await run('ip', '-n', name, 'address', 'add', `${ipv4}/24`, 'dev', 'eth0');
  }
  const started = await Promise.all(['web1', 'db1'].map((name) => startAgent(name, enterCommand(lab))));
  for (const one of started) agents.set(one.name, one);
  await agent('db1').call('listen', [
    { protocol: 'tcp', port: 8000 },
    { protocol: 'udp', port: 8001 },
  ]);
});

after(async () => {
  await Promise.all([...agents.values()].map((one) => one.close()));
  await stopLab(lab);
});

/** One frame of db1's own: a plain bridge believes whoever used an address last, and attacks move it about. */
async function speakUp(): Promise<void> {
  const frame = ethernetFrame({ source: db1.mac, destination: broadcastMac, type: 0x88b5, payload: Buffer.alloc(46) });
  await agent('db1').call('sendFrames', { device: 'eth0', frames: [frame.toString('hex')], times: 1, pause: 0 });
}

test('a listener says who it is and as whom it sees its peer, over TCP and UDP', async () => {
  for (const [protocol, port, localPort] of [
    ['tcp', 8000, 40001],
    ['udp', 8001, 40002],
  ] as const) {
    const outcome = await agent('web1').call('connect', {
      protocol,
      address: db1.ipv4,
      port,
      localPort,
      timeout: 3000,
    });
    assert.deepEqual(outcome, { greeting: { name: 'db1', peer: web1.ipv4, peerPort: localPort } });
  }
});

test('a port that nobody listens on is refused, an address that is nobody times out', async () => {
  const ask = { protocol: 'tcp', timeout: 400 } as const;
  assert.deepEqual(await agent('web1').call('connect', { ...ask, address: db1.ipv4, port: 8002 }), {
    failure: 'ECONNREFUSED',
  });
  assert.deepEqual(await agent('web1').call('connect', { ...ask, address: '10.77.10.77', port: 80 }), {
    failure: 'timeout',
  });
});

test('an operation that fails says why, and the agent goes on', async () => {
  await assert.rejects(
    agent('web1').call('startCapture', { name: 'x', device: 'nowhere', filter: {} }),
    /interface "nowhere" is not in this network namespace/,
  );
  await assert.rejects(agent('web1').call('reportStream', { name: 'none' }), /stream "none" was not started/);
  assert.deepEqual(await agent('web1').call('sendFrames', { device: 'eth0', frames: [], times: 1, pause: 0 }), {
    sent: 0,
    dropped: 0,
  });
});

test('a stream that is cut for 700 ms shows that gap, and one that is not shows none', async () => {
  // The attacks have moved the victim's address to the wrong port; its next frame moves it back.
  await agent('db1').call('sendFrames', {
    device: 'eth0',
    frames: [`${'ff'.repeat(6)}021a3f00100188b5`],
    times: 1,
    pause: 0,
  });
  await agent('web1').call('startStream', { name: 's', address: db1.ipv4, port: 8000 });
  await pause(300);
  const calm = await agent('web1').call('reportStream', { name: 's' });
  assert.ok(calm.bytes > 5000, `${calm.bytes} bytes`);
  assert.equal(calm.failure, undefined);
  await run('ip', '-n', 'host', 'link', 'set', db1.port, 'down');
  await pause(700);
  await run('ip', '-n', 'host', 'link', 'set', db1.port, 'up');
  await pause(300);
  const cut = await agent('web1').call('reportStream', { name: 's' });
  await agent('web1').call('stopStream', { name: 's' });
  assert.ok(cut.longestGap >= 650, `longest gap ${cut.longestGap} ms`);
  assert.ok(calm.longestGap < cut.longestGap);
  assert.ok(cut.retransmitted > 0);
});

// Last, since they work: afterwards the two do not find each other any more.
for (const { name, frames, signatures = [marker] } of listAttacks(web1, db1)) {
  test(`without a guard all of it arrives when a guest ${name}`, async () => {
    await speakUp();
    const capture = { name: 'attack', device: 'eth0' };
    const filter = { holds: signatures.map((bytes) => bytes.toString('hex')) };
    await agent('db1').call('startCapture', { ...capture, filter });
    const texts = frames.map((frame) => frame.toString('hex'));
    await agent('web1').call('sendFrames', { device: 'eth0', frames: texts, times: 3, pause: 1 });
    await pause(50);
    const { count } = await agent('db1').call('reportCapture', capture);
    await agent('db1').call('stopCapture', capture);
    assert.equal(count, 3 * frames.length);
  });
}
