import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../../src/client/connect.ts';
import type { MirrorRequest, MirrorView } from '../../src/reconciler/mirrors/contract.ts';
import { createServer } from '../../src/server/server.ts';
import { openPcap, pcapFileHeader } from '../../src/system/pcap.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, configureGuest, portOf, shared, world } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const actor = { who: 'test', from: 'test' };
let open: OpenEngine;

const apply = (guests: readonly string[]) =>
  open.apply(
    siteText({
      head: `
site: testlab
uplink: {interface: eth0, shared: [${shared.ipv4}]}
pools: [{name: default, range: "02:1a:3f:00:00:00/24", strategy: sequential}]
`,
      segments: ['name: dev, subnet: 10.77.10.0/24'],
      guests,
    }),
  );
const bothGuests = ['name: web1, nics: [{segment: dev}]', 'name: db1, nics: [{segment: dev}]'];

before(async () => {
  buildNetwork(['web1', 'db1']);
  shell(`
    ip link add tap9 type veth peer name far9
    for d in tap9 far9; do ip link set $d addrgenmode none up; done
  `);
  open = await openEngine(scope);
  await apply(bothGuests);
  for (const lease of await open.engine.leases()) configureGuest(lease);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const ping = (guest: string, to: string, count: number): string =>
  execFileSync('ip', ['netns', 'exec', guest, 'busybox', 'ping', '-c', String(count), '-i', '0.05', '-W', '2', to], {
    encoding: 'utf8',
  });

const tables = (): string => execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' });

async function mirrored(request: Partial<MirrorRequest>, work: () => void): Promise<MirrorView> {
  const { id } = await open.engine.mirrors.start({ guest: 'web1', nic: 0, to: 'tap9', ...request }, actor);
  try {
    work();
    return (await open.engine.mirrors.list()).find((one) => one.id === id) as MirrorView;
  } finally {
    await open.engine.mirrors.stop(id, actor);
  }
}

/** A pcap file as tcpdump words it. It gives up root before it reads, which it cannot in a namespace with one user. */
function words(pcap: Buffer): string[] {
  const argv = ['--user', '--map-user=65534', '--map-group=65534', 'tcpdump', '-r', '-', '-n'];
  const text = execFileSync('unshare', argv, { input: pcap, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
  return text.split('\n').filter((line) => line !== '');
}

/** Frames that pass a device meanwhile. */
async function hearing(device: string, filter: string, work: () => Promise<unknown>): Promise<string[]> {
  const heard = openPcap(device, filter, 0);
  try {
    await work();
    await sleep(200);
    return words(Buffer.concat([pcapFileHeader(0), ...heard.drain(1_000)]));
  } finally {
    heard.close();
  }
}

test('what a NIC sends and is sent is copied to an interface, and nothing of other NICs', async () => {
  let view: MirrorView | undefined;
  const lines = await hearing('far9', 'icmp', async () => {
    view = await mirrored({ protocol: 'icmp' }, () => {
      ping('web1', world.ipv4, 4);
      ping('db1', world.ipv4, 4);
    });
  });
  assert.equal(lines.length, 8, lines.join('\n'));
  assert.equal(lines.filter((line) => line.includes('echo request')).length, 4);
  assert.equal(view?.packets, 8);
  assert.equal(view?.skipped, 0);
});

test('a filter by protocol, peer and direction lets only those frames through', async () => {
  const sent = await mirrored({ protocol: 'icmp', direction: 'out', peer: world.ipv4 }, () => {
    ping('web1', world.ipv4, 3);
    ping('web1', world.listed, 3);
  });
  assert.equal(sent.packets, 3);
  const none = await mirrored({ protocol: 'tcp', port: 443 }, () => ping('web1', world.ipv4, 3));
  assert.equal(none.packets, 0);
});

test('a collector gets the frames in VXLAN from the shared address', async () => {
  const lines = await hearing('eth0', 'udp port 4790', () =>
    mirrored({ to: `vxlan://${world.ipv4}:4790/42`, protocol: 'icmp' }, () => ping('web1', world.listed, 3)),
  );
  assert.equal(lines.length, 6, lines.join('\n'));
  for (const line of lines) assert.match(line, new RegExp(`${shared.ipv4}\\.\\d+ > ${world.ipv4}\\.4790`));
  assert.equal(execFileSync('ip', ['-o', 'link', 'show', 'type', 'vxlan'], { encoding: 'utf8' }), '');
});

const vxlanDevices = (): string => execFileSync('ip', ['-o', 'link', 'show', 'type', 'vxlan'], { encoding: 'utf8' });

test('two NICs are mirrored to the same collector, and the second goes on when the first ends', async () => {
  const to = `vxlan://${world.ipv4}:4790/42`;
  const start = (guest: string, target = to) =>
    open.engine.mirrors.start({ guest, nic: 0, to: target, protocol: 'icmp' }, actor);
  const planning = { ...actor, onlyPlan: true };
  const planned = await open.engine.mirrors.start({ guest: 'web1', nic: 0, to, protocol: 'icmp' }, planning);
  assert.equal(vxlanDevices(), '', 'to plan one starts none');
  const first = await start('web1');
  assert.deepEqual({ ...first, since: 0, until: 0 }, { ...planned, since: 0, until: 0 });
  await open.engine.mirrors.stop(first.id, planning);
  const second = await start('db1');
  try {
    assert.equal(vxlanDevices().split('\n').length, 2);
    await assert.rejects(start('web1', `vxlan://${world.listed}:4790/42`), /leads to collector .* already/);
    await open.engine.mirrors.stop(first.id, actor);
    const lines = await hearing('eth0', 'udp port 4790', async () => ping('db1', world.listed, 3));
    assert.equal(lines.length, 6, lines.join('\n'));
    const third = await start('web1', `vxlan://${world.ipv4}:4791/7`);
    await open.engine.mirrors.stop(third.id, actor);
  } finally {
    await open.engine.mirrors.stop(second.id, actor);
  }
  assert.equal(vxlanDevices(), '');
});

test('what somebody sends to the UDP port of a collector is not taken in by the host', async () => {
  const to = `vxlan://${world.ipv4}:4790/42`;
  const { id } = await open.engine.mirrors.start({ guest: 'web1', nic: 0, to, protocol: 'arp' }, actor);
  try {
    const mac = /link\/ether (\S+)/.exec(execFileSync('ip', ['link', 'show', 'bkmirror1'], { encoding: 'utf8' }))?.[1];
    shell(`
      nft add table ip judge
      nft add chain ip judge pre '{ type filter hook prerouting priority -400; }'
      nft add rule ip judge pre iifname bkmirror1 counter
      ip -n world link add vx0 type vxlan id 42 remote ${shared.ipv4} dstport 4790 nolearning
      ip -n world address add 10.9.9.1/24 dev vx0
      ip -n world link set vx0 up
      ip -n world neigh add 10.9.9.2 lladdr ${mac} dev vx0
      ip netns exec world busybox ping -c 2 -i 0.1 -W 1 10.9.9.2 || true
    `);
    // They came as far as the device.
    const seen = execFileSync('ip', ['-j', '-s', 'link', 'show', 'bkmirror1'], { encoding: 'utf8' });
    assert.ok(JSON.parse(seen)[0].stats64.rx.packets > 0, seen);
    assert.match(execFileSync('nft', ['list', 'table', 'ip', 'judge'], { encoding: 'utf8' }), /packets 0 /);
  } finally {
    shell('nft delete table ip judge; ip -n world link delete vx0');
    await open.engine.mirrors.stop(id, actor);
  }
});

test('frames over the rate are skipped and counted, and the guest notices nothing', async () => {
  const view = await mirrored({ rate: 1_000, protocol: 'icmp' }, () => {
    const said = execFileSync(
      'ip',
      ['netns', 'exec', 'web1', 'busybox', 'ping', '-c', '12', '-s', '60000', '-i', '0.05', world.ipv4],
      { encoding: 'utf8' },
    );
    assert.match(said, /12 packets transmitted, 12 packets received/);
  });
  assert.ok(view.skipped > 0, `skipped ${view.skipped}`);
  assert.ok(view.bytes <= 262_144 + 60_000, `copied ${view.bytes} bytes`);
});

test('the kernel itself ends a mirror whose time is over', async () => {
  const { id } = await open.engine.mirrors.start(
    { guest: 'web1', nic: 0, to: 'tap9', protocol: 'icmp', seconds: 1 },
    actor,
  );
  await sleep(2_200);
  ping('web1', world.ipv4, 3);
  assert.ok(!tables().includes(`bridgekeeper_mirror_${id}`));
  assert.deepEqual(await open.engine.mirrors.list(), []);
});

test('a mirror ends with its NIC, and what an earlier daemon left is taken away at the next start', async () => {
  await open.engine.mirrors.start({ guest: 'db1', nic: 0, to: 'tap9' }, actor);
  await apply(bothGuests.slice(0, 1));
  await sleep(1_500);
  assert.deepEqual(await open.engine.mirrors.list(), []);
  await apply(bothGuests);
  shell('nft add table netdev bridgekeeper_mirror_7');
  await open.close();
  open = await openEngine(scope, { directory: open.directory });
  assert.doesNotMatch(tables(), /bridgekeeper_mirror/);
});

test('targets that would harm the site, and NICs that are not there, are refused by name', async () => {
  const start = (request: Partial<MirrorRequest>) =>
    open.engine.mirrors.start({ guest: 'web1', nic: 0, to: 'tap9', ...request }, actor);
  await assert.rejects(start({ to: 'eth0' }), /"eth0" is the uplink/);
  await assert.rejects(start({ to: 'lo' }), /"lo" is the host's own/);
  await assert.rejects(start({ to: 'bk-dev' }), /bridge of segment "dev"/);
  await assert.rejects(start({ to: portOf('db1') }), /port of NIC "db1\/0"/);
  await assert.rejects(start({ to: 'eth7' }), /"eth7" is not on this host/);
  await assert.rejects(start({ to: 'vxlan://1.2.3' }), /is not an address|collector/);
  await assert.rejects(start({ guest: 'web2' }), /did you mean "web1\/0"/);
  await assert.rejects(start({ protocol: 'icmp', port: 80 }), /has no ports/);
  assert.doesNotMatch(tables(), /bridgekeeper_mirror/);
});

test('a capture is a pcap file of the NIC, ends after so many frames, and sees what the guard will drop', async () => {
  const { pcap, end } = await open.engine.mirrors.capture(
    { guest: 'web1', nic: 0, protocol: 'icmp', packets: 6 },
    actor,
  );
  const parts: Uint8Array[] = [];
  const read = (async () => {
    for await (const part of pcap) parts.push(part);
  })();
  ping('web1', world.ipv4, 2);
  // Another sender address, which the guard drops.
  shell('ip -n web1 address add 10.77.10.99/32 dev eth0');
  shell(`ip netns exec web1 busybox ping -I 10.77.10.99 -c 2 -W 1 ${world.ipv4} || true`);
  await read;
  assert.deepEqual(await end, { packets: 6, skipped: 0 });
  const text = words(Buffer.concat(parts));
  assert.equal(text.filter((line) => line.includes('ICMP')).length, 6);
  assert.match(text.join('\n'), /10\.77\.10\.99 > /);
});

test('a capture that nobody reads any more ends although no frame comes', async () => {
  const { pcap, end, stop } = await open.engine.mirrors.capture(
    { guest: 'web1', nic: 0, protocol: 'udp', port: 9 },
    actor,
  );
  const read = (async () => {
    for await (const part of pcap) assert.ok(part.length > 0);
  })();
  stop();
  await read;
  assert.deepEqual(await end, { packets: 0, skipped: 0 });
});

test('over the API a capture is a file with its count at the end, and ends when its reader goes away', async () => {
  const app = await createServer(open.engine, { objects: async () => [] });
  const socket = `${open.directory}/api.sock`;
  await app.listen({ path: socket });
  try {
    const client = createClient({ socket, author: 'tester' });
    let told: object | undefined;
    const parts: Uint8Array[] = [];
    const choice = { guest: 'web1', nic: 0, protocol: 'icmp' } as const;
    const read = (async () => {
      for await (const part of client.mirrors.capture({ ...choice, packets: 4 }, (end) => {
        told = end;
      })) {
        if (parts.length === 0) setImmediate(() => ping('web1', world.ipv4, 2));
        parts.push(part);
      }
    })();
    await read;
    assert.deepEqual(told, { packets: 4, skipped: 0 });
    assert.equal(words(Buffer.concat(parts)).length, 4);

    const sockets = (): number => execFileSync('ss', ['-0', '-a', '-n'], { encoding: 'utf8' }).split('\n').length;
    const before = sockets();
    for await (const part of client.mirrors.capture(choice)) {
      assert.ok(part.length > 0 && sockets() > before);
      break;
    }
    for (let attempt = 0; sockets() > before && attempt < 100; attempt++) await sleep(50);
    assert.equal(sockets(), before);

    await assert.rejects(client.mirrors.start({ ...choice, to: 'eth0' }), { code: 'value-invalid' });
    await assert.rejects(client.mirrors.stop(77), { code: 'not-found' });
    const { id } = await client.mirrors.start({ ...choice, to: 'tap9' });
    assert.deepEqual(
      (await client.mirrors.list()).map((one) => one.to),
      ['tap9'],
    );
    assert.equal((await client.mirrors.stop(id)).who, 'tester');
  } finally {
    await app.close();
  }
});
