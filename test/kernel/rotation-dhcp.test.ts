import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const hook = fileURLToPath(new URL('../../examples/hooks/namespace', import.meta.url));
const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;

before(async () => {
  buildNetwork(['web1', 'sip1', 'sip2']);
  open = await openEngine(scope);
  await open.apply(
    siteText({
      segments: ['name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", dhcp: {lease: 10m}'],
      head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
rotation: {grace: 1s, overlap: 1h, hooks: [{kind: namespace, program: ${hook}}]}
`,
      guests: [
        'name: web1, kind: namespace, nics: [{segment: dev}]',
        'name: sip1, kind: namespace, share: same-address, ports: [5060], nics: [{segment: dev}]',
        'name: sip2, share: same-address, ports: [6060], nics: [{segment: dev}]',
      ],
    }),
  );
  guests = await startGuests(scope, open.engine, ['world', 'host']);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** What a real DHCP client is given. */
function askDhcp(guest: string): string {
  const client = 'busybox udhcpc -i eth0 -f -n -q -t 5 -T 1 -s /bin/true';
  return /lease of (\S+) obtained/.exec(shell(`ip netns exec ${guest} ${client} 2>&1 || true`))?.[1] ?? 'no lease';
}

async function rotate(guest: string): Promise<string> {
  const actor = { who: 'tester', from: 'a test' };
  const { rotations } = await open.engine.rotations.rotate({ nics: [{ guest, nic: 0 }] }, actor);
  for (let tries = 0; (await open.engine.rotations.list()).length > 0; tries++) {
    assert.ok(tries < 200, JSON.stringify(await open.engine.rotations.list()));
    await sleep(50);
  }
  return rotations[0]?.to ?? '';
}

for (const [guest, address] of [
  ['web1', undefined],
  ['sip1', shared.ipv4],
] as const) {
  test(`${guest} is given the same address by DHCP with its new MAC address, at once after the old one retired`, async () => {
    const expected = address ?? guests.lease(guest).ipv4;
    assert.equal(askDhcp(guest).replace(/,$/, ''), expected);
    await rotate(guest);
    // The lease of the old address is released when dnsmasq has read its reservations anew.
    await sleep(200);
    assert.equal(askDhcp(guest).replace(/,$/, ''), expected);
    const leases = readFileSync(join(open.directory, 'dnsmasq', 'dev', 'leases'), 'utf8');
    assert.equal(leases.match(new RegExp(` ${expected} `, 'g'))?.length, 1, leases);
  });
}

test('DHCPv6 offers the same address to the new MAC address', async () => {
  const ask = async (mac: string) =>
    guests.agent('web1').call('askDhcpv6', { device: 'eth0', mac: parseMacAddress(mac), timeout: 5_000 });
  const { ipv6 } = guests.lease('web1');
  const fresh = await rotate('web1');
  assert.equal((await ask(fresh)).address, ipv6);
});
