import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clientOf } from '../../../src/client/client.ts';
import { socketTransport } from '../../../src/client/socket-transport.ts';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';
import { type RawAnswer, sendRequest } from '../raw-request.ts';

interface Page {
  readonly items: Readonly<Record<string, unknown>>[];
  readonly next?: string;
}

const guests = 250;
const lines = { accept: 'application/x-ndjson' };

const site = `site: lists
uplink: {interface: eth9, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/32, strategy: sequential}]
segments:
  - {name: dev, subnet: 10.80.0.0/22}
  - {name: prod, subnet: 10.80.4.0/22}
limits: {sessions: 200000, sessionsPerGuest: 2, portBlock: 2, portBlocks: 1}
guests:
${Array.from({ length: guests }, (_, i) => `  - {name: vm${i}, owner: team-${i % 5}, nics: [{segment: ${i % 2 === 0 ? 'dev' : 'prod'}}]}`).join('\n')}
forwards:
  - {port: 8080, to: "vm1:80"}
  - {port: 8081, to: "vm10:80", protocol: udp}
`;

describe('lists of the API', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const get = (path: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
    sendRequest(daemon().socket, 'GET', path, { headers });
  const page = async (path: string): Promise<Page> => {
    const { status, text } = await get(path);
    assert.equal(status, 200, text);
    return JSON.parse(text) as Page;
  };
  const refused = async (path: string, sentence: RegExp): Promise<void> => {
    const { status, text } = await get(path);
    assert.equal(status, 400, `${path}: ${text}`);
    assert.match(JSON.parse(text).detail, sentence);
  };
  const namesOf = ({ items }: Page) => items.map(({ name }) => name);

  test('an empty list is a page without items', async () => {
    assert.deepEqual(await page('/v1/guests'), { items: [] });
    assert.equal((await get('/v1/guests', lines)).text, '');
    await daemon().client.apply({ site });
  });

  test('pages hold everything once, in the order of the site', async () => {
    const names: unknown[] = [];
    let after = '';
    for (;;) {
      const { items, next } = await page(`/v1/guests?limit=40${after}`);
      assert.ok(items.length <= 40);
      names.push(...items.map(({ name }) => name));
      if (next === undefined) break;
      after = `&after=${next}`;
    }
    assert.deepEqual(
      names,
      Array.from({ length: guests }, (_, i) => `vm${i}`),
    );
  });

  test('a page has 100 items unless asked otherwise', async () => {
    const { items, next } = await page('/v1/leases');
    assert.equal(items.length, 100);
    assert.ok(next);
  });

  test('what is made or removed between two pages moves nobody else', async () => {
    const first = await page('/v1/guests?limit=10');
    await daemon().client.putObject('guest', 'late', { nics: [{ segment: 'dev' }] });
    const second = await page(`/v1/guests?limit=10&after=${first.next}`);
    assert.deepEqual(
      namesOf(second),
      Array.from({ length: 10 }, (_, i) => `vm${i + 10}`),
    );
    await daemon().client.removeObject('guest', 'late');
    assert.deepEqual(namesOf(await page(`/v1/guests?after=${first.next}&limit=1`)), ['vm10']);
  });

  test('as a stream a list comes whole, an item a line, and is held against limit and after as well', async () => {
    const { text, type } = await get('/v1/guests', lines);
    assert.equal(type, 'application/x-ndjson');
    const all = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(all.length, guests);
    const { next } = await page('/v1/guests?limit=240');
    assert.equal((await get(`/v1/guests?after=${next}`, lines)).text.trimEnd().split('\n').length, 10);
    assert.equal((await get('/v1/guests?limit=3', lines)).text.trimEnd().split('\n').length, 3);
    const client = clientOf(socketTransport({ socket: daemon().socket }));
    assert.deepEqual(await client.objects('guest'), all);
  });

  test('filters hold before pages are made', async () => {
    const { items, next } = await page('/v1/guests?owner=team-3&segment=prod&limit=25');
    assert.equal(items.length, 25);
    assert.equal(next, undefined);
    assert.deepEqual(namesOf(await page('/v1/guests?name=vm24&sort=-name')), [
      'vm249',
      'vm248',
      'vm247',
      'vm246',
      'vm245',
      'vm244',
      'vm243',
      'vm242',
      'vm241',
      'vm240',
      'vm24',
    ]);
    assert.deepEqual(namesOf(await page('/v1/forwards?guest=vm10')), ['udp/8081']);
    assert.deepEqual((await page('/v1/guests?origin=api')).items, []);
    assert.equal((await page('/v1/leases?guest=vm7')).items.length, 1);
    assert.equal((await page('/v1/leases?attached=true&limit=1000&segment=dev')).items.length, guests / 2);
  });

  test('an order counts addresses as numbers and goes both ways', async () => {
    const addressOf = ({ ipv4 }: Readonly<Record<string, unknown>>): number =>
      String(ipv4)
        .split('.')
        .reduce((sum, part) => sum * 256 + Number(part), 0);
    const up = (await page('/v1/leases?sort=ipv4&limit=1000')).items.map(addressOf);
    assert.deepEqual(
      up,
      up.toSorted((one, other) => one - other),
    );
    const down = (await page('/v1/leases?sort=-ipv4&limit=1000')).items.map(addressOf);
    assert.deepEqual(down, up.toReversed());
  });

  test('only the fields that are asked for come, in pages and as a stream', async () => {
    assert.deepEqual((await page('/v1/guests?limit=1&fields=name,body.owner')).items, [
      { name: 'vm0', body: { owner: 'team-0' } },
    ]);
    assert.deepEqual((await page('/v1/guests?limit=1&fields=body.nics.segment')).items, [
      { body: { nics: [{ segment: 'dev' }] } },
    ]);
    assert.equal((await get('/v1/leases?limit=1&fields=guest', lines)).text, '{"guest":"vm0"}\n');
    await refused('/v1/leases?fields=guest,colour', /"colour".*expected some of guest, nic, segment/);
    await refused('/v1/guests?fields=', /fields/);
    await refused('/v1/guests?fields=a..b', /fields/);
    assert.deepEqual((await page('/v1/guests?limit=1&fields=body.__proto__')).items, [{ body: {} }]);
  });

  test('what is no cursor of this list in this order is refused', async () => {
    const { next } = await page('/v1/guests?limit=1');
    for (const path of [
      `/v1/leases?after=${next}`,
      `/v1/guests?sort=name&after=${next}`,
      '/v1/guests?after=x',
      '/v1/guests?after=WzEsMl0',
      '/v1/macs?after=WyJhYmNkZWYiLC0xXQ',
    ])
      await refused(path, /after "[^"]*" is not the `next` of a page of this list/);
    await refused(`/v1/guests?after=${'x'.repeat(3000)}`, /after/);
  });

  test('limits out of their range, and filters that there are not, are refused', async () => {
    for (const limit of ['0', '-1', '1.5', '10001', 'x', '']) await refused(`/v1/leases?limit=${limit}`, /limit/);
    await refused('/v1/leases?colour=red', /colour/);
    await refused('/v1/leases?sort=colour', /sort/);
    await refused('/v1/leases?guest=a&guest=b', /guest/);
  });

  test('the journal and revisions go on below what was shown', async () => {
    const first = await page('/v1/revisions?limit=2');
    const rest = await page(`/v1/revisions?after=${first.next}`);
    assert.deepEqual(
      [...first.items, ...rest.items].map((revision) => revision.number),
      [3, 2, 1],
    );
    assert.equal(rest.next, undefined);
    const all = (await get('/v1/journal', lines)).text.trimEnd().split('\n').length;
    const some = await page('/v1/journal?limit=1');
    const others = await page(`/v1/journal?limit=1000&after=${some.next}`);
    assert.equal(some.items.length + others.items.length, all);
  });
});
