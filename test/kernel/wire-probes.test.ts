import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseIpv4 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { parseIpv6Subnet } from '../../src/model/subnet.ts';
import { stableIpv6 } from '../../src/registry/stable-ipv6.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, configureGuest, portOf } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const actor = { who: 'tester', from: 'test' };
let open: OpenEngine;

before(async () => {
  buildNetwork(['web1', 'squat6']);
  open = await openEngine(scope);
  await open.apply(
    siteText({
      segments: ['name: dev, subnet: 10.77.10.0/24', 'name: six, subnet: 10.77.60.0/24, subnet6: "fd00:77:60::/64"'],
      guests: ['name: web1, nics: [{segment: dev}]', 'name: squat6, nics: [{segment: six}]'],
    }),
  );
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const leaseOf = async (guest: string) => {
  const lease = (await open.engine.leases()).find((one) => one.guest === guest);
  assert.ok(lease, `guest ${guest} has a lease`);
  return lease;
};

const seenAt = async (device: string, ip: string) =>
  (await open.engine.wire.seen({ device, limit: 10 })).seen.find((entry) => entry.ip === ip);

test('a guest behind a guarded port that squats an address answers a probe, and its port is named', async () => {
  const lease = await leaseOf('web1');
  configureGuest(lease);
  shell('ip -n web1 address add 10.77.10.66/24 dev eth0');
  const question = { bridge: 'bk-dev', ipv4: parseIpv4('10.77.10.66') };
  const [answer, ...more] = await open.driver.ask([question, { bridge: 'bk-dev', ipv4: parseIpv4('10.77.10.67') }]);
  assert.deepEqual(more, [], 'nobody has the other one');
  assert.equal(answer?.question, question);
  const { at: _, ...sighting } = answer?.sighting ?? { at: 0 };
  assert.deepEqual(sighting, {
    mac: lease.mac,
    kind: 'probe',
    device: portOf('web1'),
    bridge: 'bk-dev',
    ip: '10.77.10.66',
  });
});

test('an address that is asked for by its MAC alone is found at a port that only lets its own frames in', async () => {
  const mac = parseMacAddress('02:00:00:00:0a:01');
  shell(`
    ip -n web1 link add link eth0 name other type macvlan mode bridge
    ip -n web1 link set other address ${mac}
    ip -n web1 link set other up
  `);
  // Until duplicate address detection is over a machine does not answer for its link-local address.
  for (let n = 0; n < 40 && /tentative/.test(shell('ip -n web1 -6 address show dev other')); n++) shell('sleep 0.1');
  const answers = await open.driver.ask([{ bridge: 'bk-dev', mac }]);
  assert.deepEqual(
    answers.map(({ sighting }) => [sighting.mac, sighting.device]),
    [[mac, portOf('web1')]],
  );
});

test('what is leased by request is asked about with probe, and only then', async () => {
  shell('ip -n web1 address add 10.77.10.4/24 dev eth0');
  const lease = async (guest: string, probe: boolean) =>
    (await open.engine.macs.lease({ items: [{ guest, segment: 'dev' }], ...(probe ? { probe } : {}) }, actor))
      .leases[0];
  assert.equal((await lease('first', false))?.ipv4, '10.77.10.3');
  assert.equal((await lease('asked', true))?.ipv4, '10.77.10.5', 'who has 10.77.10.4 answered');
  const seen = await seenAt(portOf('web1'), '10.77.10.4');
  assert.deepEqual([seen?.kind, seen?.segment, seen?.lease?.guest], ['probe', 'dev', 'web1']);
  assert.equal((await lease('unasked', false))?.ipv4, '10.77.10.6', 'what was seen once is not forgotten');
});

test('a probe needs a segment to ask in', async () => {
  await assert.rejects(
    open.engine.macs.lease({ count: 1, probe: true }, actor),
    (error: Error & { code?: string }) => error.code === 'value-invalid' && error.message.includes('no segment'),
  );
});

test('an IPv6 address that somebody uses is not the one that a NIC gets', async () => {
  const subnet = parseIpv6Subnet('fd00:77:60::/64');
  const first = stableIpv6(subnet, 'late', 0, await open.registry.siteKey(), () => true);
  assert.ok(first);
  configureGuest(await leaseOf('squat6'));
  shell(`ip -n squat6 address add ${first}/64 dev eth0 nodad`);
  const request = { items: [{ guest: 'late', segment: 'six' }], probe: true };
  const { leases } = await open.engine.macs.lease(request, actor);
  assert.ok(leases[0]?.ipv6?.startsWith('fd00:77:60:'));
  assert.notEqual(leases[0]?.ipv6, first);
  assert.equal((await seenAt(portOf('squat6'), first))?.kind, 'probe');
});

test('a guest that answers for everything is named instead of asked for ever', async () => {
  shell('ip -n squat6 route add local 10.77.60.0/25 dev lo');
  await assert.rejects(
    open.engine.macs.lease({ items: [{ guest: 'never', segment: 'six' }], probe: true }, actor),
    (error: Error & { code?: string }) => error.code === 'conflict' && error.message.includes(`"${portOf('squat6')}"`),
  );
});
