import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { rotateAnswerSchema, rotationSchema } from '../../src/server/schemas/rotations.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { sendRequest } from '../server/raw-request.ts';
import { runLauncher } from './run-launcher.ts';

describe('bridgekeeper rotate', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const cli = (...words: string[]) => runLauncher(words, { env: { BRIDGEKEEPER_SOCKET: daemon().socket } });
  const list = async (): Promise<{ guest: string; phase: string; from: string; to?: string }[]> =>
    JSON.parse((await cli('rotate', '--list', '--json')).stdout);

  test('begins, lists, ends and goes back, in words and as JSON that the API promises', async () => {
    await cli('apply', exampleSite);
    assert.match((await cli('rotate', '--list')).stdout, /^No NIC rotates\.\n$/);
    const begun = await cli('rotate', 'web1/0', '--overlap', '1h', '--grace', '1s');
    assert.equal(begun.status, 0, begun.stderr);
    const [web1] = await list();
    assert.ok(web1?.to);
    assert.match(
      begun.stdout,
      new RegExp(`web1/0 +may use both +${web1.from} +${web1.to} +the guest takes the new one`),
    );
    z.array(rotationSchema.strict()).parse(await list());
    const twice = await cli('rotate', 'web1');
    assert.equal(twice.status, 2);
    assert.match(twice.stderr, /NIC "web1\/0" rotates already \(prepared\)/);
    const moved = await cli('rotate', 'web1/0', '--moved');
    assert.match(moved.stdout, new RegExp(`NIC web1/0 has ${web1.to}; ${web1.from} retires`));
    for (let tries = 0; (await list()).length > 0; tries++) assert.ok(tries < 40, 'it does not end');
    assert.match((await cli('leases')).stdout, new RegExp(`web1/0 .*${web1.to}`));
    await cli('rotate', 'sip1');
    assert.match((await cli('rotate', 'sip1', '--back')).stdout, /^NIC sip1\/0 keeps [0-9a-f:]{17}\.\n$/);
    assert.deepEqual(await list(), []);
    assert.match((await cli('history', '--journal')).stdout, /rotate +NIC "sip1\/0" keeps/);
  });

  test('an owner or a segment is asked for first; NICs that cannot rotate are named with the reason', async () => {
    const asked = await cli('rotate', '--owner', 'team-a');
    assert.equal(asked.status, 2);
    assert.match(asked.stderr, /rotate asks before it changes the MAC addresses of many NICs.*add --yes/);
    const done = await cli('rotate', '--owner', 'team-a', '--yes');
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /NIC "db1\/0" has MAC address "02:1a:3f:00:10:01" by the site file/);
    assert.deepEqual(
      (await list()).map(({ guest }) => guest),
      ['web1'],
    );
    await cli('rotate', 'web1', '--back');
  });

  test('wrong words are refused before anything happens', async () => {
    for (const words of [[], ['web1', '--owner', 'team-a'], ['web1/x'], ['--back'], ['web1', '--grace', '1']]) {
      const result = await cli('rotate', ...words);
      assert.equal(result.status, 2, `${words.join(' ')}: ${result.stderr}`);
    }
    assert.match((await cli('rotate', 'nobody')).stderr, /there is no NIC "nobody\/0"/);
    assert.match((await cli('rotate', 'web1', '--grace', '2h', '--overlap', '1h')).stderr, /longer than the overlap/);
    assert.deepEqual(await list(), []);
  });

  test('the API takes exactly one of NICs, owner and segment, and answers as it promises', async () => {
    for (const body of [{}, { owner: 'team-b', segment: 'prod' }, { nics: [] }, { owner: 'team-b', overlap: 0 }]) {
      const { status } = await sendRequest(daemon().socket, 'POST', '/v1/rotations', { body: JSON.stringify(body) });
      assert.equal(status, 400, JSON.stringify(body));
    }
    assert.deepEqual(await list(), []);
    rotateAnswerSchema.strict().parse(await daemon().client.rotations.rotate({ segment: 'prod' }));
    rotationSchema.strict().parse(await daemon().client.rotations.moved('api1', 0));
    rotationSchema.strict().parse(await daemon().client.rotations.back('api1', 0));
    await assert.rejects(daemon().client.rotations.back('api1', 0), { code: 'not-found' });
  });
});
