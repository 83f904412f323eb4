import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const site = (policies: string[], more: string[] = []): string =>
  siteText({
    head: '\nsite: testlab\nuplink: {interface: eth0, shared: [203.0.113.10]}\nwatch: {guests: false, forwards: false}\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\n',
    guests: ['name: sip1, share: same-address, ports: [5060, 5070], nics: [{segment: dev}]', ...more],
    forwards: [],
    policies,
  });

const cleaning: (() => unknown)[] = [];
let open: OpenEngine;
let guests: Guests;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['sip1']);
  open = await openEngine(scope);
  await open.apply(site([]));
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ world: [25, 80], sip1: [5060, 5070] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

test('a policy holds between the world and a guest that has the shared address', async () => {
  await open.apply(
    site([
      'name: no-smtp, from: sip1, to: world, ports: [tcp/25], action: deny',
      'name: not-5070, from: world, to: sip1, ports: [tcp/5070], action: deny',
    ]),
  );
  assert.equal(await guests.answer('sip1', world.ipv4, 25), 'timeout');
  assert.equal(await guests.answer('sip1', world.ipv4, 80), 'world');
  assert.equal(await guests.answer('world', shared.ipv4, 5070), 'timeout');
  assert.equal(await guests.answer('world', shared.ipv4, 5060), 'sip1');
  await open.apply(site([]));
  assert.equal(await guests.answer('sip1', world.ipv4, 25), 'world');
});

test('a policy on one of two guests that share the address is refused, because it would hold for both', async () => {
  const two = ['name: sip2, share: same-address, ports: [6060], nics: [{segment: dev}]'];
  const policy = ['name: no-smtp, from: sip1, to: world, ports: [tcp/25], action: deny'];
  await assert.rejects(open.apply(site(policy, two)), /1 mistake/);
});
