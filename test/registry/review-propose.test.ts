import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseLabel } from '../../src/model/names.ts';
import type { Lease } from '../../src/registry/leases/leases.ts';
import { guest, noon, pool, propose, refusal, site } from './site-builder.ts';

const had: Lease = {
  id: 7,
  mac: '02:1a:3f:00:10:77',
  state: 'free',
  guest: 'web1',
  nic: 0,
  segment: 'dev',
  ipv4: '10.77.10.50',
  source: 'site',
  since: noon - 9_000_000,
  releasedAt: noon - 8_000_000,
  freeAt: noon - 7_000_000,
};
const whole = pool('default', '02:1a:3f:00:00:00/24');

describe('a NIC that comes back', () => {
  test('gets its MAC address again while its pool still has it', async () => {
    const { nics } = (await propose(site({ pools: [whole], guests: [guest('web1')] }), undefined, { leases: [had] }))
      .assignments;
    assert.equal(nics.get('web1/0')?.mac, had.mac);
  });

  test('does not get one that was carved out for another owner since, nor one that is reserved now', async () => {
    const carved = pool('of-b', '02:1a:3f:00:10:00/40', { parent: parseLabel('default'), owner: parseLabel('team-b') });
    const reserved = pool('default', '02:1a:3f:00:00:00/24', { reserved: [carved.range] });
    for (const pools of [[whole, carved], [reserved]]) {
      const { nics } = (await propose(site({ pools, guests: [guest('web1')] }), undefined, { leases: [had] }))
        .assignments;
      assert.notEqual(nics.get('web1/0')?.mac, had.mac);
      assert.equal(nics.get('web1/0')?.ipv4, had.ipv4);
    }
  });

  test('is not the guest of the same name that another owner had while its addresses rest', async () => {
    const resting: Lease = { ...had, state: 'quarantined', freeAt: noon + 1000, owner: 'team-a' };
    const wanted = { ...guest('web1'), owner: parseLabel('team-b') };
    const { nics } = (await propose(site({ guests: [wanted] }), undefined, { leases: [resting] })).assignments;
    assert.notEqual(nics.get('web1/0')?.mac, had.mac);
    assert.notEqual(nics.get('web1/0')?.ipv4, had.ipv4);
  });
});

describe('an address of nobody in particular that is reserved', () => {
  const { guest: _, nic: __, segment: ___, ipv4: ____, releasedAt: _____, freeAt: ______, ...rest } = had;
  const kept: Lease = { ...rest, state: 'reserved', source: 'request' };
  const naming = (owner?: string) =>
    site({ guests: [{ ...guest('web1', [{ mac: had.mac }]), ...(owner && { owner: parseLabel(owner) }) }] });

  test('for no owner is refused to every NIC of the site that names it', async () => {
    for (const owner of [undefined, 'team-a'])
      await assert.rejects(
        propose(naming(owner), undefined, { leases: [kept] }),
        refusal('conflict', /held by lease 7/),
      );
  });

  test('for an owner goes to a NIC of that owner', async () => {
    const leases = [{ ...kept, owner: 'team-a' }];
    const { nics } = (await propose(naming('team-a'), undefined, { leases })).assignments;
    assert.equal(nics.get('web1/0')?.mac, had.mac);
  });
});
