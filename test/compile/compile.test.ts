import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../src/compile/compile.ts';
import type { DesiredState } from '../../src/model/desired-state.ts';
import { parseSite, parseSiteObjects, type SiteObject } from '../../src/model/parse-site.ts';
import type { Site } from '../../src/model/site.ts';
import { fourGuests, siteText, someForwards, somePolicies, wholeSite } from '../reconciler/sites.ts';
import { nobody, propose } from '../registry/site-builder.ts';

const compiled = async (site: Site): Promise<DesiredState> => {
  const desired = compile(site, (await propose(site)).assignments);
  assert.ok(desired);
  return desired;
};
const compileText = (text: string): Promise<DesiredState> => compiled(parseSite(text).site);

test('a site without an uplink compiles to nothing', async () => {
  const { site } = parseSite('site: pools\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\n');
  assert.equal(compile(site, nobody), null);
});

test('a NIC may speak as its lease and its link-local address, a same-address guest as the shared one', async () => {
  const { nics } = await compileText(wholeSite);
  const web = nics.get('web1/0');
  const sip = nics.get('sip1/0');
  assert.ok(web && sip);
  assert.deepEqual(web.sources4, [web.ipv4]);
  assert.equal(web.sources6.length, 2);
  assert.match(web.sources6[0] ?? '', /^fe80::/);
  assert.equal(web.sources6[1], web.ipv6);
  assert.deepEqual(sip.sources4, ['203.0.113.10']);
  assert.notEqual(sip.ipv4, '203.0.113.10');
  assert.deepEqual(nics.get('api1/0')?.sources6.length, 1, 'no IPv6 on its segment');
});

test('a same-address guest has its ports, a share id of its own, and no inner address to translate', async () => {
  const { blocks, sameAddress } = await compileText(
    siteText({ guests: [...fourGuests, 'name: sip2, share: same-address, ports: [7000], nics: [{segment: dev}]'] }),
  );
  const [one, two] = [sameAddress.get('sip1'), sameAddress.get('sip2')];
  assert.ok(one && two);
  assert.deepEqual(one.ports, [
    { first: 5060, last: 5060 },
    { first: 16384, last: 16483 },
  ]);
  assert.notEqual(one.shareId, two.shareId);
  assert.notEqual(one.nextHop, two.nextHop);
  assert.deepEqual(blocks.get('sip1')?.inner4, []);
  assert.equal(blocks.get('sip1')?.inner6.length, 1);
  assert.equal(blocks.get('web1')?.inner4.length, 1);
});

test('a forward has IPv6 where site and NIC have it, and is restricted by a list of either family', async () => {
  const { forwards } = await compileText(
    siteText({
      guests: fourGuests,
      forwards: [
        'port: 81, to: "web1:80"',
        'port: 82, to: "api1:80"',
        'port: 83, to: "web1:80", from: ["2001:db8:1::/48"]',
      ],
    }),
  );
  assert.ok(forwards.get('tcp/81')?.to6);
  assert.equal(forwards.get('tcp/82')?.to6, undefined);
  assert.deepEqual([forwards.get('tcp/83')?.restricted, forwards.get('tcp/83')?.from4], [true, []]);
  assert.equal(forwards.get('tcp/81')?.restricted, false);
});

test('a detached NIC has no port but keeps its addresses, its forwards and its block', async () => {
  const { site } = parseSite(wholeSite);
  const before = await compiled(site);
  const detach = (guest: string): Site => ({
    ...site,
    guests: site.guests.map((one) =>
      one.name === guest ? { ...one, nics: one.nics.map((nic) => ({ ...nic, detached: true })) } : one,
    ),
  });
  const web = await compiled(detach('web1'));
  assert.equal(web.nics.has('web1/0'), false);
  assert.equal(web.nics.size, before.nics.size - 1);
  assert.deepEqual(web.forwards, before.forwards);
  assert.deepEqual(web.blocks, before.blocks);
  const sip = await compiled(detach('sip1'));
  assert.equal(sip.sameAddress.has('sip1'), false, 'nothing leads to a guest that is not there');
  assert.ok(sip.blocks.has('sip1'));
});

test('what did not change is the very same object', async () => {
  const { objects } = parseSite(wholeSite);
  const build = (list: typeof objects): Site => parseSiteObjects(list).site;
  const first = build(objects);
  const { assignments } = await propose(first);
  const before = compile(first, assignments) as DesiredState;
  const added = { kind: 'forward', name: 'tcp/9000', body: { port: 9000, to: 'db1:90' } } as SiteObject;
  const more = [...objects, added];
  const second = build(more);
  const after = compile(second, (await propose(second, assignments)).assignments) as DesiredState;
  assert.equal(after.forwards.size, before.forwards.size + 1);
  for (const kind of ['segments', 'nics', 'blocks', 'sameAddress', 'forwards'] as const) {
    for (const [id, part] of before[kind] as ReadonlyMap<string, unknown>)
      assert.equal(after[kind].get(id as never), part, `${kind} ${id}`);
  }
  assert.equal(after.policies, before.policies);
  assert.equal(after.uplink, before.uplink);
  assert.equal(after.limits, before.limits);
});

test('a changed guest changes its own parts and those that lead to it, no others', async () => {
  const text = (port: string) =>
    siteText({
      guests: [`name: web1, nics: [{segment: dev, port: ${port}}]`, ...fourGuests.slice(1)],
      forwards: someForwards,
      policies: somePolicies,
    });
  const { objects } = parseSite(text('tap1'));
  const { objects: changed } = parseSite(text('tap2'));
  const merged = objects.map((object, i) => (object.name === 'web1' ? (changed[i] as typeof object) : object));
  const first = parseSiteObjects(objects).site;
  const { assignments } = await propose(first);
  const before = compile(first, assignments) as DesiredState;
  const after = compile(parseSiteObjects(merged).site, assignments) as DesiredState;
  assert.equal(after.nics.get('web1/0')?.port, 'tap2');
  assert.equal(after.nics.get('web1/0')?.mac, before.nics.get('web1/0')?.mac);
  assert.equal(after.nics.get('db1/0'), before.nics.get('db1/0'));
  assert.equal(after.forwards.get('tcp/2222'), before.forwards.get('tcp/2222'));
  assert.notEqual(after.forwards.get('tcp/8080'), before.forwards.get('tcp/8080'));
});

test('policies are judged where their flows pass: between segments, to the world, at the host, or on both sides', async () => {
  const places = async (policy: string): Promise<string[]> => {
    const { policies } = await compileText(siteText({ guests: fourGuests, policies: [policy] }));
    return (['inner', 'world', 'host'] as const).filter((place) => policies[place].flat().length > 0);
  };
  assert.deepEqual(await places('from: api1, to: db1, action: allow'), ['inner']);
  assert.deepEqual(await places('from: web1, to: world, ports: [tcp/25], action: deny'), ['world']);
  assert.deepEqual(await places('from: world, to: web1, action: deny'), ['world']);
  assert.deepEqual(await places('from: dev, to: host, ports: [tcp/22], action: deny'), ['host']);
  assert.deepEqual(await places('from: web1, to: 198.51.100.0/24, action: deny'), ['world']);
  assert.deepEqual(await places('from: web1, to: 10.77.20.0/28, action: allow'), ['inner']);
  assert.deepEqual(await places('from: web1, to: 10.0.0.0/8, action: allow'), ['inner', 'world']);
});

test('a policy names addresses of one family together, and icmp by the number of its family', async () => {
  const { policies } = await compileText(
    siteText({ guests: fourGuests, policies: ['from: web1, to: world, ports: [icmp, tcp/443], action: deny'] }),
  );
  const boxes = policies.world.flat();
  assert.deepEqual(
    boxes.map(({ family, protocol, ports }) => [family, protocol, ports]),
    [
      [4, [1, 1], [0, 65535]],
      [4, [6, 6], [443, 443]],
      [6, [58, 58], [0, 65535]],
      [6, [6, 6], [443, 443]],
    ],
  );
});

test('the security-group form holds in both directions', async () => {
  const { policies, nics } = await compileText(
    siteText({
      guests: fourGuests,
      policies: ['action: allow, macAddress: "02:1a:3f:00:10:01", ipRange: 10.77.20.0/24'],
    }),
  );
  const own = nics.get('db1/0')?.ipv4;
  const ends = policies.inner.flat().map(({ source, destination }) => [source[0], destination[0]]);
  assert.deepEqual(
    ends.sort(),
    [
      ['10.77.20.0', own],
      [own, '10.77.20.0'],
    ].sort(),
  );
});
