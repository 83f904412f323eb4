import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from '../../src/errors/app-error.ts';
import type { TrafficView } from '../../src/reconciler/traffic/contract.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, portOf, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const site = (...more: string[]): string =>
  siteText({
    segments: ['name: dev, subnet: 10.77.10.0/24', 'name: prod, subnet: 10.77.20.0/24'],
    guests: [
      'name: web1, owner: acme, nics: [{segment: dev}]',
      'name: db1, nics: [{segment: dev}]',
      'name: api1, owner: other, nics: [{segment: prod}]',
      ...more,
    ],
  });

const cleaning: (() => unknown)[] = [];
let open: OpenEngine;
let guests: Guests;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', 'db1', 'api1']);
  open = await openEngine(scope);
  await open.apply(site());
  guests = await startGuests(scope, open.engine, ['world']);
  await guests.listen({ world: ['udp/9000'] });
  // One that nobody has started.
  await open.apply(site('name: absent, nics: [{segment: prod}]'));
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** After a new reading of the counters. */
async function look(query?: Parameters<OpenEngine['engine']['traffic']['show']>[0]): Promise<TrafficView> {
  const { at } = await open.engine.traffic.show();
  for (;;) {
    const view = await open.engine.traffic.show(query);
    if (view.at > at) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const nicOf = ({ nics }: TrafficView, guest: string) => nics?.find((nic) => nic.guest === guest);

test('what a guest sends counts at its NIC, its segment and the uplink, and not at the others', async () => {
  const before = await look({ nics: true });
  for (let i = 0; i < 20; i++) await guests.answer('web1', world.ipv4, 9000, { protocol: 'udp', timeout: 5_000 });
  const now = await look({ nics: true });
  const [nicBefore, nicNow] = [nicOf(before, 'web1'), nicOf(now, 'web1')];
  assert.ok(nicBefore && nicNow);
  assert.ok(nicNow.packetsSent - nicBefore.packetsSent >= 20, JSON.stringify(nicNow));
  assert.ok(nicNow.packetsReceived - nicBefore.packetsReceived >= 20);
  assert.ok(nicNow.bytesSent - nicBefore.bytesSent >= 20 * 28);
  assert.equal(nicNow.owner, 'acme');
  assert.ok((now.uplink?.packetsSent ?? 0) - (before.uplink?.packetsSent ?? 0) >= 20);
  const api = [nicOf(before, 'api1'), nicOf(now, 'api1')];
  assert.ok((api[1]?.packetsSent ?? 0) - (api[0]?.packetsSent ?? 0) < 20, 'another guest sent nothing of it');
  const dev = now.segments.find(({ segment }) => segment === 'dev');
  assert.equal(dev?.nics, 2);
  assert.equal(
    dev?.bytesSent,
    now.nics?.filter(({ segment }) => segment === 'dev').reduce((sum, { bytesSent }) => sum + bytesSent, 0),
  );
});

test('counters are those of the port as the guest sees them: what its port received, it has sent', async () => {
  const view = await look({ nics: true, guest: 'db1' });
  const [{ stats64 }] = JSON.parse(shell(`ip -s -j link show ${portOf('db1')}`)) as [
    { stats64: { rx: { packets: number }; tx: { packets: number } } },
  ];
  const nic = nicOf(view, 'db1');
  // More may have come between the two looks, never less.
  assert.ok(nic && nic.packetsSent <= stats64.rx.packets && nic.packetsReceived <= stats64.tx.packets);
  assert.ok(stats64.rx.packets - nic.packetsSent < 20);
});

test('a NIC whose device is not there is left out, and so is what was not asked for', async () => {
  const all = await look({ nics: true });
  assert.deepEqual(all.nics?.map(({ guest }) => guest).sort(), ['api1', 'db1', 'web1']);
  assert.equal((await look()).nics, undefined);
  const prod = await look({ nics: true, segment: 'prod' });
  assert.deepEqual([prod.segments.length, prod.nics?.length], [1, 1]);
});

test("one owner's traffic is its own alone: neither the others' nor the uplink's", async () => {
  const view = await look({ nics: true, owner: 'acme' });
  assert.deepEqual(
    view.nics?.map(({ guest }) => guest),
    ['web1'],
  );
  assert.equal(view.uplink, undefined);
  const web1 = nicOf(view, 'web1');
  assert.equal(view.segments.find(({ segment }) => segment === 'dev')?.bytesSent, web1?.bytesSent);
});

test('names that the site does not have are refused', async () => {
  for (const query of [{ guest: 'nobody' }, { segment: 'nowhere' }])
    await assert.rejects(
      () => open.engine.traffic.show(query),
      (error) => error instanceof AppError && error.code === 'not-found',
    );
});
