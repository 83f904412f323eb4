import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as schemas from '../../src/server/schemas/shared-ports.ts';
import { daemonOfSuite } from '../daemon/test-daemon.ts';
import { fourGuests, siteText, someForwards } from '../reconciler/sites.ts';
import { answerOf, rejectsWith } from './answers.ts';

describe("the shared address's ports", { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const ports = () => daemon().client.sharedPorts;

  test('without a site there is no shared address, and every port is free', async () => {
    const map = await answerOf(ports().map(), schemas.sharedPortMapSchema);
    assert.equal(map.ipv4, undefined);
    assert.deepEqual(map.ranges, []);
    assert.equal(map.ports.free, 65_536);
  });

  test('each guest shows with its block, each forward with where it leads, each since when', async () => {
    const before = Date.now();
    await daemon().client.apply({ site: siteText({ guests: fourGuests, forwards: someForwards }) });
    const map = await answerOf(ports().map(), schemas.sharedPortMapSchema);
    assert.equal(map.ipv4, '203.0.113.10');
    const blocks = map.ranges.filter(({ kind }) => kind === 'block');
    assert.deepEqual(blocks.map(({ guest }) => guest).sort(), ['api1', 'db1', 'sip1', 'web1']);
    const web = map.ranges.find(({ name }) => name === 'tcp/8080');
    assert.deepEqual(
      [web?.kind, web?.protocol, web?.first, web?.last, web?.guest, web?.nic, web?.to],
      ['forward', 'tcp', 8080, 8080, 'web1', 0, 80],
    );
    const own = map.ranges.filter(({ kind }) => kind === 'same-address');
    assert.deepEqual(
      own.map(({ guest, first, last }) => [guest, first, last]),
      [
        ['sip1', 5060, 5060],
        ['sip1', 16384, 16483],
      ],
    );
    for (const { since, kind } of [...blocks, ...own, web ?? assert.fail()]) {
      assert.ok(since !== undefined && since >= before && since <= Date.now(), `${kind} ${since}`);
    }
    assert.equal(map.ports['same-address'], 101);
    assert.equal(
      map.ports.block,
      blocks.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    );
    assert.equal(
      Object.values(map.ports).reduce((sum, count) => sum + count, 0),
      65_536,
    );
    assert.deepEqual(
      map.ranges.map(({ first }) => first),
      map.ranges.map(({ first }) => first).sort((a, b) => a - b),
    );
  });

  test('a port tells whose it is and whose it was', async () => {
    await daemon().client.apply({ site: siteText({ guests: fourGuests, forwards: ['port: 8080, to: "api1:80"'] }) });
    const { now, holdings } = await answerOf(ports().show(8080), schemas.sharedPortHistorySchema);
    assert.deepEqual(
      now.filter(({ kind }) => kind === 'forward').map(({ guest }) => guest),
      ['api1'],
    );
    assert.deepEqual(
      holdings.map(({ guest, until }) => [guest, until === undefined]),
      [
        ['api1', true],
        ['web1', false],
      ],
    );
  });

  test("the host's own ports show with what listens on them", async () => {
    const map = await ports().map();
    assert.ok(map.ranges.some(({ kind }) => kind === 'host'));
    assert.ok(map.ports.host > 1000);
  });

  test('what is no port is refused', async () => {
    await assert.rejects(ports().show(65_536), rejectsWith('request-invalid', /port/));
    await assert.rejects(ports().show(Number.NaN), rejectsWith('request-invalid', /port/));
  });
});
