import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';
import { runLauncher } from '../run-launcher.ts';

describe('mac commands about the wire', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const mac = (...words: string[]) => runLauncher(['mac', ...words], { env: { BRIDGEKEEPER_SOCKET: daemon().socket } });

  test('nothing was seen and nothing is in conflict at first', async () => {
    assert.match((await mac('seen')).stdout, /^Nothing like that was seen/);
    assert.match((await mac('conflicts')).stdout, /^No leased MAC address shows up at two places/);
  });

  test('what was seen is a table, CSV or JSON', async () => {
    const sighting = { mac: '52:54:00:12:34:56', device: 'vnet3', bridge: 'br0', ip: '10.0.0.9', age: 600 };
    await daemon().client.wire.report({ host: 'node-1', sightings: [sighting] });
    assert.match(
      (await mac('seen', '--free')).stdout,
      /^52:54:00:12:34:56 {2}fdb {3}vnet3 {2}br0 {6}10\.0\.0\.9 {2}node-1 .* -$/m,
    );
    const [header, record] = (await mac('seen', '--csv')).stdout.split('\n');
    assert.equal(header, 'mac,kind,host,device,bridge,segment,ip,firstAt,lastAt,count,lease');
    assert.match(record ?? '', /^52:54:00:12:34:56,fdb,node-1,vnet3,br0,,10\.0\.0\.9,20..-.*Z,20..-.*Z,1,$/);
    assert.equal(JSON.parse((await mac('seen', '--json')).stdout).seen[0].device, 'vnet3');
    assert.match((await mac('seen', '--leased')).stdout, /^Nothing/);
  });

  test('resolve says what it would do and does nothing unasked', async () => {
    const asked = await mac('resolve', '52:54:00:12:34:56', '--forget');
    assert.equal(asked.status, 2);
    assert.match(asked.stdout, /What was seen of 52:54:00:12:34:56 .* is forgotten/);
    assert.match(asked.stderr, /nobody to ask: add --yes/);
    assert.equal((await daemon().client.wire.seen()).total, 1);
    const done = await mac('resolve', '52:54:00:12:34:56', '--adopt', 'old/0', '--yes');
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /is leased to NIC "old\/0" from now on\.\nDone\.\n$/);
    assert.equal((await daemon().client.macs.show('52:54:00:12:34:56')).lease?.guest, 'old');
  });

  test('wrong input is said with exit status 2', async () => {
    for (const [words, sentence] of [
      [['resolve', '1', '--rotate', '--keep'], /--rotate and --keep exclude each other/],
      [['resolve', 'nonsense', '--yes'], /"nonsense"/],
      [['resolve', '52:54:00:12:34:56', '--yes'], /is leased and in no conflict, so there is nothing to resolve/],
      [['resolve', '7', '--yes'], /no conflict 7/],
      [['seen', '--mac', 'nonsense'], /"nonsense"/],
    ] as const) {
      const result = await mac(...words);
      assert.equal(result.status, 2, words.join(' '));
      assert.match(result.stderr, sentence);
    }
  });
});
