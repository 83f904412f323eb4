import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as schemas from '../../src/server/schemas/macs.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { answerOf, rejectsWith } from './answers.ts';
import { sendRequest } from './raw-request.ts';

const site = readFileSync(exampleSite, 'utf8');

describe('MAC addresses beside a site', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const macs = () => daemon().client.macs;

  test('a NIC of the site answers with its lease, port and port block, and only the site ends it', async () => {
    await daemon().client.apply({ site });
    const { leases } = await macs().lease({ items: [{ guest: 'web1' }] });
    const [held] = (await daemon().client.leases()).filter(({ guest }) => guest === 'web1');
    assert.equal(leases[0]?.mac, held?.mac);
    assert.equal(leases[0]?.ipv4, held?.ipv4);
    assert.equal(leases[0]?.portBlock, held?.portBlock);
    assert.equal(leases[0]?.source, 'site');
    await assert.rejects(macs().release({ nics: [{ guest: 'web1', nic: 0 }] }), rejectsWith('conflict', /of the site/));
  });

  test("leases of the site are listed by their owner, and kept when the owner's are released", async () => {
    const listed = await macs().list({ owner: 'team-a' });
    assert.deepEqual(listed.leases.map(({ guest }) => guest).sort(), ['db1', 'web1']);
    await macs().lease({ items: [{ guest: 'more', owner: 'team-a' }] });
    const { released, kept } = await macs().release({ owner: 'team-a' });
    assert.deepEqual([released.length, kept.length], [1, 2]);
  });

  test('a NIC that leased before it stood in the site keeps its addresses there', async () => {
    const { leases } = await macs().lease({ items: [{ guest: 'web9', segment: 'dev', owner: 'team-a' }] });
    const [ahead] = leases;
    await daemon().client.apply({
      site: site.replace('guests:\n', 'guests:\n  - {name: web9, owner: team-a, nics: [{segment: dev}]}\n'),
    });
    const [held] = (await daemon().client.leases()).filter(({ guest }) => guest === 'web9');
    assert.deepEqual([held?.mac, held?.ipv4, held?.ipv6], [ahead?.mac, ahead?.ipv4, ahead?.ipv6]);
    const { leases: now } = await macs().lease({ items: [{ guest: 'web9' }] });
    assert.equal(now[0]?.source, 'site');
  });

  test('an import is planned, refused for one conflict, and takes the rest when told to', async () => {
    const items = [
      { where: 'line 1', mac: '52:54:00:aa:00:01', guest: 'old1', segment: 'dev', ip4: '10.77.10.201' },
      { where: 'line 2', mac: '02:1a:3f:00:10:01', guest: 'old2' },
      { where: 'line 3', mac: '52:54:00:aa:00:01', guest: 'old3' },
      { where: 'line 4', mac: '01:00:5e:00:00:01' },
      { where: 'line 5', mac: '02:1a:3f:00:10:01', guest: 'db1' },
    ];
    const plan = await answerOf(macs().import({ items, dryRun: true }), schemas.importAnswerSchema);
    assert.deepEqual(
      plan.outcomes.map(({ outcome }) => outcome),
      ['taken', 'conflict', 'conflict', 'conflict', 'known'],
    );
    assert.match(plan.outcomes[1]?.conflict ?? '', /is held by NIC "db1\/0"/);
    assert.match(plan.outcomes[2]?.conflict ?? '', /stands at line 1 already/);
    assert.match(plan.outcomes[3]?.conflict ?? '', /group address/);
    assert.deepEqual((await macs().list({ guest: 'old1' })).leases, []);
    await assert.rejects(
      macs().import({ items }),
      rejectsWith('conflict', /3 of 5 addresses cannot be taken over, so none was; the first is at line 2/),
    );
    assert.deepEqual((await macs().list({ guest: 'old1' })).leases, []);
    const done = await macs().import({ items, skipConflicts: true });
    const [taken] = (await macs().list({ guest: 'old1' })).leases;
    assert.equal(taken?.id, done.outcomes[0]?.lease);
    assert.equal(taken?.ipv4, '10.77.10.201');
    const again = await macs().import({ items: items.slice(0, 1) });
    assert.deepEqual(
      again.outcomes.map(({ outcome }) => outcome),
      ['known'],
    );
  });

  test('requests that are malformed are refused with their place', async () => {
    const post = async (body: string) =>
      JSON.parse(
        (
          await sendRequest(daemon().socket, 'POST', '/v1/macs/leases', {
            body,
          })
        ).text,
      );
    assert.match((await post('{"items":[{},{"mac":7}]}')).detail, /items\.1\.mac/);
    assert.equal((await post('{"count":0}')).code, 'request-invalid');
    assert.equal((await post('{"count":1000000000}')).code, 'request-invalid');
    assert.equal((await post('{"itmes":[]}')).code, 'request-invalid');
  });
});
