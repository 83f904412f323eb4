import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Driver } from '../../../../src/drivers/driver.ts';
import { createLinuxDriver } from '../../../../src/drivers/linux/linux-driver.ts';
import type { Assignments } from '../../../../src/model/assignments.ts';
import type { DesiredState } from '../../../../src/model/desired-state.ts';
import { markOf } from '../../../../src/model/same-address.ts';
import { siteText } from '../../../reconciler/sites.ts';
import { shell } from '../host/snapshot-host.ts';
import { enterNamespace } from '../in-namespace.ts';
import { desiredSite } from '../nftables/desired-site.ts';
import { firstPort, markOfGuest, sampleSessions, shared, shared6, world } from './sample-sessions.ts';
import { endAllSessions, listSessions, type MadeSession, makeSession } from './session-table.ts';

enterNamespace(import.meta.filename);

const guestLines = [
  'name: web1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01", ip: 10.77.10.21}]',
  'name: web2, nics: [{segment: dev, mac: "02:1a:3f:00:10:02", ip: 10.77.10.22}]',
  'name: sip1, share: same-address, ports: [5060, 16384-16483], nics: [{segment: dev, mac: "02:1a:3f:00:10:03", ip: 10.77.10.23}]',
  'name: sip2, share: same-address, ports: [6060], nics: [{segment: dev, mac: "02:1a:3f:00:10:04", ip: 10.77.10.24}]',
];
const forwards = [
  'port: 8080, to: "web1:80"',
  'port: 8081, to: "web2:81"',
  'port: 9000-9009, to: "web1:9100-9109"',
  'port: 5353, protocol: udp, to: "web1:53"',
];
const headOf = (address: string): string => `
site: testlab
uplink: {interface: eth0, shared: [${address}, "${shared6}"]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 500, sessionsPerGuest: 200, portBlock: 200, portBlocks: 2}
`;
interface Parts {
  guests?: string[];
  forwards?: string[];
  head?: string;
}
const state = (parts: Parts = {}, held?: Assignments): ReturnType<typeof desiredSite> =>
  desiredSite(siteText({ head: headOf(shared), guests: guestLines, forwards, ...parts }), held);

let directory: string;
let driver: Driver;
let site: DesiredState;
let assignments: Assignments;
before(async () => {
  shell(`
    ip link set lo up
    ip link add eth0 type veth peer name world0
    ip link set eth0 up
    ip link set world0 up
    ip address add ${shared}/24 dev eth0
    ip address add ${shared6}/64 dev eth0 nodad
  `);
  directory = mkdtempSync(join(tmpdir(), 'bk-cleaning-'));
  ({ desired: site, assignments } = await state());
  await start();
});
after(async () => {
  await driver.close();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  endAllSessions();
  await apply(site);
});

async function start(): Promise<void> {
  driver = createLinuxDriver({ stateDirectory: directory, log: { warn: () => {} } });
  await driver.probe();
}

async function apply(desired: DesiredState | null): Promise<Readonly<Record<string, number>>> {
  return (await driver.apply(await driver.plan(desired))).timings;
}

/** Makes all of them, does something, and answers the names of those that are gone. */
async function endedBy(change: () => Promise<unknown>): Promise<string[]> {
  const all = sampleSessions({ desired: site, assignments });
  for (const session of Object.values(all)) makeSession(session);
  await change();
  const seen = listSessions();
  const open = ({ from, protocol = 'tcp', ports = [0, 0] }: MadeSession): boolean => {
    const place = protocol.startsWith('icmp') ? `id=${ports[0]} ` : `sport=${ports[0]} `;
    return seen.some(
      (line) => line.includes(` ${protocol} `) && line.includes(` src=${from} `) && line.includes(place),
    );
  };
  return Object.entries(all)
    .filter(([, session]) => !open(session))
    .map(([name]) => name);
}

const without = (lines: readonly string[], ...starts: string[]): string[] =>
  lines.filter((line) => !starts.some((start) => line.startsWith(start)));
const toForwards = (name: string): boolean => /to (8080|9003|5353)/.test(name);
const ofWeb1 = (name: string): boolean => name.includes('web1') || toForwards(name);

test('a daemon that starts, and applies what is there already, ends no session', async () => {
  const ended = await endedBy(async () => {
    await driver.close();
    await start();
    await apply(site);
    await apply(site);
  });
  assert.deepEqual(ended, []);
});

test('what is added costs no look at the sessions and ends none', async () => {
  const { desired } = await state({ forwards: [...forwards, 'port: 8090, to: "web1:90"'] }, assignments);
  const ended = await endedBy(async () => {
    const timings = await apply(desired);
    assert.equal(timings.sessions, undefined);
  });
  assert.deepEqual(ended, []);
});

test('a forward that is removed ends its sessions, of IPv6 and of guests too', async () => {
  const { desired } = await state({ forwards: without(forwards, 'port: 8080') }, assignments);
  const ended = await endedBy(() => apply(desired));
  assert.deepEqual(ended, ['world to 8080', 'world to 8080, IPv6', 'web2 to 8080']);
});

test('a forward that leads to another guest or another port ends its sessions', async () => {
  for (const to of ['web2:80', 'web1:8000']) {
    const moved = [...without(forwards, 'port: 8080'), `port: 8080, to: "${to}"`];
    const { desired } = await state({ forwards: moved }, assignments);
    const ended = await endedBy(() => apply(desired));
    assert.deepEqual(ended, ['world to 8080', 'world to 8080, IPv6', 'web2 to 8080'], to);
    endAllSessions();
    await apply(site);
  }
});

test('a range that shrinks ends the sessions of the ports that it lost, and no others', async () => {
  const shorter = [...without(forwards, 'port: 9000'), 'port: 9000-9002, to: "web1:9100-9102"'];
  assert.deepEqual(await endedBy(async () => apply((await state({ forwards: shorter }, assignments)).desired)), [
    'world to 9003',
  ]);
  endAllSessions();
  await apply(site);
  const other = [...without(forwards, 'port: 9000'), 'port: 9003-9009, to: "web1:9103-9109"'];
  assert.deepEqual(await endedBy(async () => apply((await state({ forwards: other }, assignments)).desired)), []);
});

test('a guest that is removed ends its sessions, those to it and those through its forwards', async () => {
  const { desired } = await state(
    { guests: without(guestLines, 'name: web1'), forwards: ['port: 8081, to: "web2:81"'] },
    assignments,
  );
  const all = Object.keys(sampleSessions({ desired: site, assignments }));
  assert.deepEqual(await endedBy(() => apply(desired)), all.filter(ofWeb1));
});

test('a guest that takes over address, MAC and forwards of another finds none of its sessions', async () => {
  const guests = guestLines.map((line) => line.replace('name: web1', 'name: next1'));
  const { desired } = await state(
    { guests, forwards: forwards.map((line) => line.replace('web1', 'next1')) },
    assignments,
  );
  assert.equal(desired.nics.get('next1/0')?.ipv4, site.nics.get('web1/0')?.ipv4);
  const all = Object.keys(sampleSessions({ desired: site, assignments }));
  assert.deepEqual(await endedBy(() => apply(desired)), all.filter(ofWeb1));
});

test('a NIC that has another address ends the sessions of the one it had', async () => {
  const guests = guestLines.map((line) => line.replace('10.77.10.21', '10.77.10.99'));
  const { desired } = await state({ guests }, assignments);
  const kept = ['web1 to the world, IPv6', 'world to 8080, IPv6'];
  const all = Object.keys(sampleSessions({ desired: site, assignments }));
  assert.deepEqual(
    await endedBy(() => apply(desired)),
    all.filter((name) => ofWeb1(name) && !kept.includes(name)),
  );
});

test('a NIC that is not plugged in for a while keeps its sessions', async () => {
  const nics = new Map(site.nics);
  nics.delete('web1/0');
  assert.deepEqual(await endedBy(() => apply({ ...site, nics })), []);
});

test('a port block that moves ends what its guest has open with its ports', async () => {
  const guests = new Map(assignments.guests);
  const web2 = guests.get('web2');
  assert.ok(web2);
  guests.set('web2', { ...web2, first: 29_000, last: 29_199 });
  const { desired } = await state({}, { ...assignments, guests });
  assert.deepEqual(await endedBy(() => apply(desired)), [
    'web2 to the world',
    'web2 to the world, IPv6',
    'web2 to 8080',
  ]);
});

test('a port block that grows, and one that is on its way back, keep their sessions', async () => {
  const block = site.blocks.get('web1');
  assert.ok(block);
  const grown = { ...block, more: [{ first: 29_000, last: 29_199 }] };
  assert.deepEqual(await endedBy(() => apply({ ...site, blocks: new Map([...site.blocks, ['web1', grown]]) })), []);
  endAllSessions();
  await apply(site);
  const { first: from, last } = block.ports;
  const closing = { ...block, ports: { first: 29_000, last: 29_199 }, closing: [{ first: from, last }] };
  assert.deepEqual(await endedBy(() => apply({ ...site, blocks: new Map([...site.blocks, ['web1', closing]]) })), []);
});

test('a same-address guest that is gone, or has lost a port, ends what it concerns', async () => {
  const gone = await state({ guests: without(guestLines, 'name: sip1') }, assignments);
  assert.deepEqual(await endedBy(() => apply(gone.desired)), [
    'sip1 to the world',
    'world to sip1',
    'world to sip1, 16400',
  ]);
  endAllSessions();
  await apply(site);
  const fewer = await state({ guests: guestLines.map((line) => line.replace(', 16384-16483', '')) }, assignments);
  assert.deepEqual(await endedBy(() => apply(fewer.desired)), ['world to sip1, 16400']);
});

test('a share that another guest has now ends the sessions of the one before', async () => {
  const guests = guestLines.map((line) => line.replace('name: sip2', 'name: next2'));
  const held = new Map(assignments.guests);
  const sip2 = held.get('sip2');
  assert.ok(sip2);
  held.delete('sip2');
  held.set('next2', { ...sip2, guest: 'next2' });
  const { desired } = await state({ guests }, { ...assignments, guests: held });
  assert.equal(desired.sameAddress.get('next2')?.shareId, sip2.shareId);
  assert.deepEqual(await endedBy(() => apply(desired)), ['sip2 to the world', 'world to sip2', 'sip2 to web1']);
});

test('another shared address ends what guests had open with the one before, and not what the host had', async () => {
  const { desired } = await state({ head: headOf('203.0.113.11') }, assignments);
  const ended = await endedBy(() => apply(desired));
  const six = /IPv6|host|Docker|segment/;
  assert.deepEqual(
    ended,
    Object.keys(sampleSessions({ desired: site, assignments })).filter((name) => !six.test(name)),
  );
});

test('a UDP stream to the host finds the guest that its port is given to', async () => {
  const more = [...forwards, 'port: 53, protocol: udp, to: "web1:53"'];
  assert.deepEqual(await endedBy(async () => apply((await state({ forwards: more }, assignments)).desired)), [
    'world to the host, UDP',
  ]);
});

test('a port that a guest opened to anybody does not lead to the next guest', async () => {
  const nat = 'nat: {filtering: endpoint-independent}, ';
  const openToAll = guestLines.map((line) => line.replace(/^(name: web\d, )/, `$1${nat}`));
  const all = await state({ guests: openToAll }, assignments);
  await apply(all.desired);
  const [ofWeb1, ofWeb2] = [firstPort(assignments, 'web1') + 7, firstPort(assignments, 'web2') + 7];
  shell(`
    nft add element inet bridgekeeper open4 '{ udp . ${ofWeb1} timeout 200s : 10.77.10.21 . 5000 }'
    nft add element inet bridgekeeper open4 '{ tcp . ${ofWeb2} timeout 200s : 10.77.10.22 . 5000 }'
  `);
  const renamed = openToAll.map((line) => line.replace('name: web1', 'name: next1'));
  const next = await state(
    { guests: renamed, forwards: forwards.map((line) => line.replace('web1', 'next1')) },
    all.assignments,
  );
  await apply(next.desired);
  const elements = shell('nft list map inet bridgekeeper open4');
  assert.doesNotMatch(elements, /10\.77\.10\.21/);
  assert.match(elements, new RegExp(`tcp \\. ${ofWeb2} .*: 10\\.77\\.10\\.22 \\. 5000`));
});

test('destroy ends what guests had open and leaves what was not ours', async () => {
  const others = /host to the world|world to the host|Docker/;
  const all = Object.keys(sampleSessions({ desired: site, assignments }));
  assert.deepEqual(
    await endedBy(() => apply(null)),
    all.filter((name) => !others.test(name)),
  );
});

test('what a daemon could not end because it was killed is ended by the next one', async () => {
  const ended = await endedBy(async () => {
    await driver.close();
    makeSession({ from: world, to: shared, ports: [47001, 8085], answeredBy: '10.77.10.21:85' });
    makeSession({ from: world, to: shared, ports: [47002, 8080], answeredBy: '10.77.10.22:80' });
    makeSession({ from: '10.77.10.77', to: world, ports: [47003, 80], seenAs: `${shared}:20000` });
    makeSession({ from: '10.77.10.21', to: world, ports: [47004, 80], seenAs: `${shared}:19999` });
    makeSession({ from: world, to: shared, ports: [47005, 7070], mark: markOf(4000) });
    makeSession({ from: world, to: shared, ports: [47006, 7071], mark: markOfGuest(assignments, 'sip1') });
    await start();
    await apply(site);
  });
  assert.deepEqual(ended, []);
  assert.deepEqual(
    listSessions().filter((line) => line.includes('sport=4700')),
    [],
  );
});

test('a change that fails and goes back leaves the sessions of what did not change', async () => {
  await driver.close();
  let failing = false;
  driver = createLinuxDriver({
    stateDirectory: directory,
    log: { warn: () => {} },
    onStep: () => {
      if (failing) throw new Error('this step fails');
    },
  });
  await driver.probe();
  await apply(site);
  const { desired } = await state(
    { guests: without(guestLines, 'name: web1'), forwards: ['port: 8081, to: "web2:81"'] },
    assignments,
  );
  const ended = await endedBy(async () => {
    failing = true;
    await assert.rejects(async () => {
      await apply(desired);
    });
    failing = false;
    await apply(site);
  });
  assert.deepEqual(
    ended.filter((name) => !ofWeb1(name)),
    [],
  );
});

test('what guests began before anything was translated for them begins anew, so that it is translated', async () => {
  const unanswered = { protocol: 'udp', unanswered: true } as const;
  const stuck = { ...unanswered, from: '10.77.10.21', to: world, ports: [44_001, 51_820] } as const;
  const others: MadeSession[] = [
    // Answered: its way back is there.
    { protocol: 'udp', from: '10.77.10.21', to: world, ports: [44_002, 443] },
    { ...unanswered, from: '10.77.10.21', to: world, ports: [44_003, 443], seenAs: `${shared}:30001` },
    { ...unanswered, from: '10.77.10.21', to: '10.77.10.1', ports: [44_004, 53] },
    { ...unanswered, from: shared, to: world, ports: [44_005, 53] },
  ];
  const stays = async (change: () => Promise<unknown>): Promise<string[]> => {
    for (const session of [stuck, ...others]) makeSession(session);
    await change();
    const left = listSessions().flatMap((line) => / sport=(4400\d) /.exec(line)?.[1] ?? []);
    endAllSessions();
    return left.sort();
  };
  const kept = ['44002', '44003', '44004', '44005'];
  await apply(null);
  assert.deepEqual(await stays(() => apply(site)), kept, 'at the first apply');
  const repaired = await stays(async () => {
    shell('nft flush ruleset');
    assert.equal((await driver.observe()).length, 1);
    await apply(site);
  });
  assert.deepEqual(repaired, kept, 'when somebody took the rules away');
  assert.deepEqual(await stays(() => apply(site)), ['44001', ...kept], 'when nothing changes');
});
