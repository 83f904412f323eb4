import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { enterNamespace } from '../../drivers/linux/in-namespace.ts';
import { buildNetwork } from '../../kernel/network.ts';
import { listRuleset } from '../host-state.ts';
import { openEngine } from '../open-engine.ts';
import { fourGuests, siteText } from '../sites.ts';

enterNamespace(import.meta.filename);
before(() => buildNetwork(['web1', 'db1', 'api1', 'sip1', 'web9']));

const actor = { who: 'tester', from: 'this host' };

test('a guest gets from the gateway the addresses that were leased for it before, and the guard knows them', async (t) => {
  const { engine, apply } = await openEngine(t);
  await apply(siteText({ guests: fourGuests }));
  const { leases } = await engine.macs.lease({ items: [{ guest: 'web9', segment: 'dev' }] }, actor);
  const [ahead] = leases;
  assert.ok(ahead?.ipv4 !== undefined && ahead.ipv6 !== undefined);
  // Leased is not plugged in: nothing is let through yet.
  assert.doesNotMatch(listRuleset(), new RegExp(ahead.mac));
  await apply(siteText({ guests: [...fourGuests, 'name: web9, nics: [{segment: dev}]'] }));
  const held = (await engine.leases()).find(({ guest }) => guest === 'web9');
  assert.deepEqual([held?.mac, held?.ipv4, held?.ipv6], [ahead.mac, ahead.ipv4, ahead.ipv6]);
  assert.match(listRuleset(), new RegExp(`${ahead.mac} \\. ${ahead.ipv4}`));
});

test('what the gateway gave to a guest that is gone rests, and nobody can lease it', async (t) => {
  const { engine, apply } = await openEngine(t);
  await apply(siteText({ guests: fourGuests }));
  const [gone] = (await engine.leases()).filter(({ guest }) => guest === 'web1');
  assert.ok(gone);
  await apply(siteText({ guests: fourGuests.slice(1) }));
  const details = await engine.macs.show(gone.mac);
  assert.equal(details.lease?.state, 'quarantined');
  await assert.rejects(
    engine.macs.lease({ items: [{ guest: 'other', mac: gone.mac }] }, actor),
    /was released by NIC "web1\/0" and is in quarantine until/,
  );
  const back = await engine.macs.lease({ items: [{ guest: 'web1', segment: 'dev' }] }, actor);
  assert.equal(back.leases[0]?.mac, gone.mac);
  assert.equal(back.leases[0]?.ipv4, gone.ipv4);
});
