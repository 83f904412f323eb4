import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isAppError } from '../../../src/errors/app-error.ts';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';

suite('the MAC desk', () => {
  const daemon = daemonOfSuite();
  const site = (rest = '') => `site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
segments: [{name: dev, subnet: 10.77.10.0/24, dhcp: {lease: 30m}}]
${rest}
`;
  const conflict = (pattern: RegExp) => (error: unknown) => {
    assert.ok(isAppError(error), String(error));
    assert.equal(error.code, 'conflict', error.message);
    assert.match(error.message, pattern);
    return true;
  };

  test('answers a request key the same after the pool that it would lease from now is another one', async () => {
    const { client } = daemon();
    await client.apply({ site: site() });
    const request = { count: 3, owner: 'team-a', requestKey: 'k1' };
    const first = await client.macs.lease(request);
    await client.macs.carve('default', { name: 'of-a', size: 256, owner: 'team-a' });
    const again = await client.macs.lease(request);
    assert.deepEqual(
      again.leases.map(({ id }) => id),
      first.leases.map(({ id }) => id),
    );
    await assert.rejects(client.macs.lease({ ...request, count: 4 }), conflict(/another request/));
  });

  test('does not answer with the NIC of another owner of the site', async () => {
    const { client } = daemon();
    await client.apply({ site: site('guests: [{name: web1, owner: team-a, nics: [{segment: dev}]}]') });
    await assert.rejects(client.macs.lease({ items: [{ guest: 'web1', owner: 'team-b' }] }), conflict(/web1.*team-a/));
  });

  test('lets an address that a NIC of the site had outside of all pools rest as long as the DHCP lease of its segment', async () => {
    const { client } = daemon();
    const far = 'segments: [{name: far, subnet: 10.78.0.0/24, pool: big, dhcp: {lease: 12h}}]';
    const pools =
      'pools: [{name: default, range: 02:1a:3f:00:00:00/24}, {name: big, range: 02:1a:40:00:00:00/24, quarantine: 1d}]';
    const text = (guests: string) =>
      `site: lab\nuplink: {interface: eth0, shared: [203.0.113.10]}\n${pools}\n${far}\nguests: [${guests}]\n`;
    await client.macs.giveBack('of-a').catch(() => undefined);
    await client.macs.release({ owner: 'team-a', now: true });
    await client.macs.giveBack('of-a').catch(() => undefined);
    await client.apply({ site: text('{name: old, nics: [{segment: far, mac: "52:54:00:11:22:33"}]}') });
    await client.apply({ site: text('') });
    const { lease } = await client.macs.show('52:54:00:11:22:33');
    const seconds = ((lease?.freeAt ?? 0) - (lease?.releasedAt ?? 0)) / 1000;
    assert.ok(seconds >= 12 * 3600, String(seconds));
  });

  test('frees an address that rests after a NIC of the site was removed, when it is told to do so at once', async () => {
    const { client } = daemon();
    const { released } = await client.macs.release({ macs: ['52:54:00:11:22:33'], now: true });
    assert.deepEqual(
      released.map(({ state }) => state),
      ['free'],
    );
    const { leases } = await client.macs.lease({ items: [{ guest: 'other', mac: '52:54:00:11:22:33' }] });
    assert.equal(leases[0]?.guest, 'other');
  });

  test('frees an address at once in whatever lease it rests', async () => {
    const { client } = daemon();
    const item = { guest: 'moves', mac: '52:54:00:11:22:44' };
    await client.macs.lease({ items: [{ ...item, segment: 'far' }] });
    await client.macs.release({ macs: [item.mac] });
    await client.macs.lease({ items: [item] });
    await client.macs.release({ macs: [item.mac], now: true });
    const { leases } = await client.macs.lease({ items: [{ ...item, guest: 'another' }] });
    assert.equal(leases[0]?.guest, 'another');
  });

  test('refuses a time that no date stands for', async () => {
    const { client } = daemon();
    for (const at of [8.64e15 + 1, -8.64e15 - 1])
      await assert.rejects(client.macs.who('52:54:00:11:22:33', at), (error) => {
        assert.equal(isAppError(error) && error.code, 'request-invalid');
        return true;
      });
  });

  test('writes no formula into CSV that a spreadsheet would run', async () => {
    const { renderCsvRecord } = await import('../../../src/cli/render-leases.ts');
    assert.doesNotMatch(renderCsvRecord(['=HYPERLINK("http://evil","x")']), /^"?=/);
    assert.doesNotMatch(renderCsvRecord(['a', '@SUM(1)']), /,"?@/);
  });
});
