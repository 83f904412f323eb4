import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../../../src/errors/app-error.ts';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';

/** Files below a directory that hold a MAC address in one of the forms that it may have there. */
function grep(directory: string, mac: string): Map<string, string[]> {
  const digits = mac.replaceAll(':', '');
  const bytes = digits.replaceAll(/../g, (pair) => `\\x${pair}`);
  const forms: Record<string, string[]> = {
    'colons or hyphens': ['-raliE', digits.match(/../g)?.join('[:-]') ?? ''],
    'bare digits': ['-rali', digits],
    'decimal text': ['-ral', String(Number.parseInt(digits, 16))],
    '6 bytes': ['-ralP', bytes],
    '8 bytes': ['-ralP', `\\x00\\x00${bytes}`],
  };
  const found = new Map<string, string[]>();
  for (const [form, words] of Object.entries(forms)) {
    const { status, stdout } = spawnSync('grep', [...words, directory], { encoding: 'utf8', env: { LC_ALL: 'C' } });
    assert.ok(status === 0 || status === 1, form);
    if (status === 0) found.set(form, stdout.trim().split('\n'));
  }
  return found;
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const head = `site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24, quarantine: 1s}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
`;
const ofSite = '02:1a:3f:51:52:53';
const ofRequest = '02:1a:3f:61:62:63';
const ofOther = '02:1a:3f:71:72:73';

suite('an owner that asks to be forgotten', () => {
  const daemon = daemonOfSuite();

  test('is found in the files before, and not after, while the daemon runs', { timeout: 120_000 }, async () => {
    const { client, state } = daemon();
    const guests = `guests:
  - {name: web1, owner: team-a, nics: [{segment: dev, mac: "${ofSite}"}]}
  - {name: db1, owner: team-b, nics: [{segment: dev, mac: "${ofOther}"}]}
policies: [{name: p1, action: allow, macAddress: "${ofSite}", ipRange: 10.77.10.0/24}]
`;
    await client.apply({ site: head + guests, comment: `web1 gets ${ofSite}` });
    const items = [{ mac: ofRequest, owner: 'team-a', comment: 'printer of Ada' }];
    await client.macs.lease({ items, requestKey: 'key-of-ada' });
    await client.apply({
      site: `${head}guests: [{name: db1, owner: team-b, nics: [{segment: dev, mac: "${ofOther}"}]}]\n`,
    });
    await client.macs.release({ macs: [ofRequest], now: true });
    const served = join(state, 'services', 'dev');
    mkdirSync(served, { recursive: true });
    const line = (mac: string, name: string) => `1795310000 ${mac} 10.77.10.2 ${name} *\n`;
    writeFileSync(join(served, 'leases'), line(ofSite, 'web1') + line(ofOther, 'db1'));
    writeFileSync(join(served, 'log'), `DHCPACK ${Number.parseInt(ofRequest.replaceAll(':', ''), 16)}\n`);
    await sleep(1100);

    for (const mac of [ofSite, ofRequest]) {
      const before = grep(state, mac);
      assert.ok(before.has('6 bytes'), `${mac}: ${[...before.keys()]}`);
      assert.ok(before.get('6 bytes')?.some((file) => /registry\.sqlite/.test(file)));
    }
    assert.ok(grep(state, ofSite).has('colons or hyphens'));

    const records = await collect(client.privacy.show('team-a'));
    const kinds = new Set(records.map(({ record }) => record));
    for (const kind of ['guest', 'object', 'lease', 'port-block', 'request', 'journal'] as const)
      assert.ok(kinds.has(kind), kind);
    const macs = records.flatMap((record) => (record.record === 'lease' ? [record.mac] : []));
    assert.deepEqual(macs.sort(), [ofSite, ofRequest]);
    assert.doesNotMatch(JSON.stringify(records.filter(({ record }) => record !== 'journal')), /team-b|db1|71:72:73/);

    const plan = await client.privacy.plan('team-a');
    assert.deepEqual([plan.leases, plan.requests, plan.portBlocks, plan.keptCount], [2, 1, 1, 0]);
    assert.equal(plan.objects, 2);
    const report = await client.privacy.erase('team-a');
    assert.deepEqual(report.traces.left, []);
    assert.equal(report.traces.macs, 2);
    assert.deepEqual(report.traces.scrubbed.map((file) => file.slice(served.length + 1)).sort(), ['leases', 'log']);

    for (const mac of [ofSite, ofRequest]) assert.deepEqual([...grep(state, mac)], [], mac);
    for (const word of ['key-of-ada', 'printer of Ada', 'team-a']) {
      const { status } = spawnSync('grep', ['-raq', word, state]);
      assert.equal(status, 1, word);
    }
    assert.equal(readFileSync(join(served, 'leases'), 'utf8'), line(ofOther, 'db1'));
    assert.ok(grep(state, ofOther).has('6 bytes'));
    assert.deepEqual(await collect(client.privacy.show('team-a')), []);
    const verdict = await client.audit.verify();
    assert.deepEqual(verdict.faults, []);
    const { entries } = await client.audit.list({ kinds: ['erase'] });
    assert.match(entries[0]?.text ?? '', /2 leases/);
    assert.equal(entries[0]?.who, 'tester');
    assert.equal(entries[0]?.from, 'unix socket');
    // The daemon goes on, and the address can be had again.
    const again = await client.macs.lease({ items: [{ mac: ofRequest, owner: 'team-c' }] });
    assert.equal(again.leases[0]?.mac, ofRequest);
  });

  test('keeps what it still holds, and is told what to do', { timeout: 120_000 }, async () => {
    const { client } = daemon();
    const { leases } = await client.macs.lease({ pool: 'default', owner: 'team-d', count: 2 });
    const [first, second] = leases;
    await client.macs.release({ macs: [first?.mac as string], now: true });
    const plan = await client.privacy.plan('team-b');
    assert.deepEqual(
      plan.kept.map(({ nic, why, remedy }) => [nic, why, remedy]),
      [['db1/0', 'held', 'remove guest "db1" from the site, then erase again']],
    );
    const report = await client.privacy.erase('team-d');
    assert.deepEqual([report.leases, report.keptCount], [1, 1]);
    assert.equal(report.kept[0]?.mac, second?.mac);
    assert.match(report.kept[0]?.remedy ?? '', new RegExp(`mac release ${second?.mac}`));
    assert.equal((await client.macs.who(second?.mac as string)).lease?.owner, 'team-d');
  });

  test('is refused when nothing is stored about it', async () => {
    const { client } = daemon();
    const notFound = (error: unknown): boolean => isAppError(error) && error.code === 'not-found';
    await assert.rejects(client.privacy.plan('nobody'), notFound);
    await assert.rejects(client.privacy.erase('nobody'), notFound);
    await assert.rejects(client.privacy.forgetPeriod('2020-01-01+30d'), notFound);
    const [period] = await client.privacy.periods();
    assert.equal(period?.current, true);
    await assert.rejects(client.privacy.forgetPeriod(period?.id as string), (error: unknown) => {
      assert.ok(isAppError(error) && error.code === 'conflict');
      return true;
    });
  });

  test('is not erased while a change waits to be confirmed', { timeout: 60_000 }, async () => {
    const { client } = daemon();
    await client.apply({ site: head, confirmSeconds: 60 });
    await assert.rejects(client.privacy.erase('team-d'), (error: unknown) => {
      assert.ok(isAppError(error) && error.code === 'confirmation-pending');
      return true;
    });
    await client.confirm();
  });
});
