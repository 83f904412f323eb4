import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { siteJsonSchema } from '../../src/model/site-json-schema.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { collect, rejectsWith } from './answers.ts';
import { sendRequest } from './raw-request.ts';

const site = readFileSync(exampleSite, 'utf8');

describe('the site as a whole', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  before(async () => {
    await daemon().client.apply({ site, file: 'devlab.yaml' });
    await daemon().client.putObject('forward', 'tcp/9000', { to: 'web1:90' });
    await daemon().client.apply({ site: site.replace('web1:80', 'web1:8081') });
  });

  test('as a file that is applied again changes nothing', async () => {
    const { client } = daemon();
    const file = await client.site.file();
    assert.equal(file.revision, 3);
    const { revision } = await client.on({ ifMatch: file.etag }).apply({ site: file.text });
    assert.deepEqual(revision.summary, { added: 0, removed: 0, changed: 0 });
    assert.ok(!file.text.includes('9000'), 'what the API made is not of the file');
    assert.match((await client.site.file({ all: true })).text, /port: 9000|"9000"/);
  });

  test('is shown as it was, as YAML and as a value', async () => {
    const { client, socket } = daemon();
    assert.match((await client.site.file({ revision: 1 })).text, /to: web1:80\n/);
    assert.match((await client.site.file({ revision: 3 })).text, /to: web1:8081\n/);
    assert.equal((await client.site.file({ revision: 0 })).text, 'site: unnamed\n');
    await assert.rejects(client.site.file({ revision: 99 }), rejectsWith('not-found', /no revision 99/));
    const value = await sendRequest(socket, 'GET', '/v1/site', { headers: { accept: 'application/json' } });
    assert.equal((JSON.parse(value.text) as { guests: { name: string }[] }).guests[0]?.name, 'web1');
    const yaml = await sendRequest(socket, 'GET', '/v1/site', { headers: { accept: '*/*' } });
    assert.match(yaml.type, /^application\/yaml/);
  });

  test('is compared with what it was, object by object', async () => {
    const { client } = daemon();
    const changes = await collect(client.site.diff(3));
    assert.deepEqual(
      changes.map(({ change, kind, name, origin }) => [change, kind, name, origin]),
      [['change', 'forward', 'tcp/8080', 'file']],
    );
    const [{ before: was, after } = { before: 0, after: 0 }] = changes;
    assert.deepEqual(
      [was, after],
      [
        { port: 8080, to: 'web1:80' },
        { port: 8080, to: 'web1:8081' },
      ],
    );
    assert.deepEqual(
      (await collect(client.site.diff(3, 1))).map(({ change, name }) => [change, name]),
      [
        ['change', 'tcp/8080'],
        ['add', 'tcp/9000'],
      ],
    );
    assert.deepEqual(
      (await collect(client.site.diff(1, 3))).map(({ change, name }) => [change, name]),
      [
        ['change', 'tcp/8080'],
        ['remove', 'tcp/9000'],
      ],
    );
    assert.ok((await collect(client.site.diff(1, 0))).every(({ change }) => change === 'add'));
    assert.deepEqual(await collect(client.site.diff(2, 2)), []);
  });

  test('has one revision by its number', async () => {
    const { client } = daemon();
    assert.deepEqual(
      await client.site.revision(2),
      (await client.revisions()).find(({ number }) => number === 2),
    );
    await assert.rejects(client.site.revision(99), rejectsWith('not-found', /no revision 99/));
  });

  test('has a schema for editors', async () => {
    const schema = await daemon().client.site.schema();
    assert.deepEqual(schema, JSON.parse(JSON.stringify(siteJsonSchema())));
  });
});

describe('texts that are no site yet', { concurrency: false }, () => {
  const daemon = daemonOfSuite();

  test('have all their mistakes told, in their places', async () => {
    const { client } = daemon();
    const good = await client.site.validate({ site });
    assert.deepEqual([good.valid, good.site, good.counts?.nics], [true, 'devlab', 4]);
    const wrong = 'site: devlab\npools:\n  - {name: a, range: A1:B2:C3:00:00:00/24}\n  - {name: b, range: nonsense}\n';
    const bad = await client.site.validate({ site: wrong, file: 'wrong.yaml' });
    assert.equal(bad.valid, false);
    assert.deepEqual(
      bad.mistakes.map(({ line, column }) => [line, column]),
      [
        [3, 22],
        [4, 22],
      ],
    );
    await assert.rejects(client.site.validate({ site: '\u0000' }), rejectsWith('site-unreadable', /not UTF-8 text/));
  });

  test('are rendered as on an empty host', async () => {
    const { parts } = await daemon().client.site.render({ site });
    assert.ok(parts.some(({ name, text }) => name === 'nftables' && text.includes('table bridge bridgekeeper')));
    await assert.rejects(daemon().client.site.render({ site: 'site: 1' }), rejectsWith('site-invalid', /mistake/));
  });

  test('of other tools are read as what can be imported, and then imported', async () => {
    const { client } = daemon();
    const text = JSON.stringify([
      { ifname: 'web1-eth0', address: '52:54:00:00:00:01', addr_info: [{ family: 'inet', local: '10.0.0.5' }] },
      { ifname: 'broken', address: 'nonsense' },
    ]);
    const read = await client.site.readImport({ text, owner: 'team-a', guest: 'host1' });
    assert.equal(read.format, 'ip');
    assert.deepEqual(
      read.items.map(({ mac, guest, owner }) => [mac, guest, owner]),
      [['52:54:00:00:00:01', 'host1', 'team-a']],
    );
    assert.equal(read.withoutSegment, 1);
    const { outcomes } = await client.macs.import({ items: read.items });
    assert.equal(outcomes[0]?.outcome, 'taken');
    await assert.rejects(
      client.site.readImport({ text: 'neither this nor that' }),
      rejectsWith('import-unreadable', /no format/),
    );
    await assert.rejects(
      client.site.readImport({ text, format: 'vhs' }),
      rejectsWith('value-invalid', /no import format "vhs"/),
    );
  });

  test('of abuse desks are read as questions for a trace', async () => {
    const text = 'ip,port,timestamp\n203.0.113.10,20089,2026-11-03 14:32:00\n203.0.113.10,,nonsense\n';
    const { lines } = await daemon().client.trace.readReports({ text, zone: 'UTC' });
    assert.deepEqual(
      lines.map(({ line, question, mistake }) => [line, question?.port, mistake === undefined]),
      [
        [2, 20089, true],
        [3, undefined, false],
      ],
    );
    await assert.rejects(daemon().client.trace.readReports({ text: 'a,b' }), rejectsWith('import-unreadable', /./));
  });

  test('in words make a cloud that is played, the same one each time', async () => {
    const { site: reader } = daemon().client;
    const order = { nics: 500, pool: '02:1a:3f:00:00:00/36', churn: '10%/day', years: 0.2, quarantine: '0s' };
    const report = await reader.simulate(order);
    assert.deepEqual([report.size, report.duplicates, report.plan.strategy], [4096, 0, 'random']);
    assert.deepEqual(await reader.simulate(order), report);
    await assert.rejects(reader.simulate({ churn: 'often' }), rejectsWith('value-invalid', /often/));
    await assert.rejects(reader.simulate({ nics: 4e7, years: 100 }), rejectsWith('value-invalid', /simulate/));
  });

  test('that take long keep nobody else waiting, and too many at once are refused', async () => {
    const { client } = daemon();
    const guests = Array.from({ length: 3_000 }, (_, i) => `  - {name: g${i}, nics: [{segment: s}]}\n`).join('');
    const large = `site: large\npools:\n  - {name: p, range: 02:10:00:00:00:00/24}\nsegments:\n  - {name: s, subnet: 10.0.0.0/8}\nguests:\n${guests}`;
    const asked = Array.from({ length: 12 }, () => client.site.validate({ site: large }));
    const settled = Promise.allSettled(asked);
    const began = performance.now();
    await client.status();
    const waited = performance.now() - began;
    const results = await settled;
    const refused = results.filter(({ status }) => status === 'rejected');
    assert.ok(results.length - refused.length >= 8, 'eight wait');
    for (const one of refused)
      rejectsWith('too-many-requests', /wait to be read already/)((one as PromiseRejectedResult).reason);
    const took = performance.now() - began;
    assert.ok(waited < took, `${waited} ms of ${took} ms`);
  });
});
