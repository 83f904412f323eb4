import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { Libnftables } from '../../../../src/drivers/linux/nftables/libnftables.ts';
import { compareRulesets } from '../../../../src/drivers/linux/nftables/ruleset.ts';
import type { RulesetInput } from '../../../../src/drivers/linux/nftables/sections.ts';
import {
  needsRebuild,
  renderDifference,
  renderRemoval,
  renderRuleset,
} from '../../../../src/drivers/linux/nftables/transaction.ts';
import type { Assignments } from '../../../../src/model/assignments.ts';
import { parseMacAddress } from '../../../../src/model/mac-address.ts';
import { parseSite } from '../../../../src/model/parse-site.ts';
import { proposeFurtherBlock } from '../../../../src/registry/port-blocks.ts';
import { listRuleset } from '../../../reconciler/host-state.ts';
import { siteText } from '../../../reconciler/sites.ts';
import { nobody } from '../../../registry/site-builder.ts';
import { shell } from '../host/snapshot-host.ts';
import { enterNamespace } from '../in-namespace.ts';
import { desiredSite } from './desired-site.ts';

enterNamespace(import.meta.filename);
before(() => shell('ip link add eth0 type veth peer name world0; ip link add eth1 type veth peer name world1'));

const host = {
  bridgeMeta: false,
  ctTimeout: true,
  socketMatch: true,
  frameSamples: true,
  flowtable: false,
  flowtableDevices: [],
  uplinkMac: parseMacAddress('02:00:5e:00:53:01'),
};

const segments = {
  dev: [
    'name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64"',
    'name: dev, subnet: 10.77.10.0/24, storm: {broadcast: 100/second}',
    'name: dev, subnet: 10.77.10.0/24, udp: 900s',
  ],
  prod: [
    'name: prod, subnet: 10.77.20.0/24',
    'name: prod, subnet: 10.77.30.0/24, subnet6: "fd00:77:30::/64"',
    'name: prod, subnet: 10.77.20.0/24, udp: 900s',
    'name: prod, subnet: 10.77.20.0/24, udp: 100s',
  ],
};
const guests = [
  [
    'name: web1, nics: [{segment: dev}]',
    'name: web1, nics: [{segment: prod}]',
    'name: web1, limits: {sessions: 50, newSessions: 9/minute}, nics: [{segment: dev}]',
    'name: web1, limits: {newSessions: 200/second}, nics: [{segment: dev}]',
    'name: web1, nics: [{segment: dev}, {segment: prod}]',
    'name: web1, nat: {filtering: endpoint-independent}, nics: [{segment: dev}]',
    'name: web1, nat: {mapping: address-and-port-dependent}, nics: [{segment: dev}]',
  ],
  ['name: db1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01"}]', 'name: db1, nics: [{segment: dev, port: tap9}]'],
  [
    'name: sip1, share: same-address, ports: [5060, 16384-16483], nics: [{segment: dev}]',
    'name: sip1, share: same-address, ports: [5061-5070], nics: [{segment: dev}]',
    'name: sip1, share: same-address, ports: [5060], limits: {sessions: 50}, nics: [{segment: dev}]',
  ],
  ['name: sip2, share: same-address, ports: [6060], nics: [{segment: prod}]'],
];
const forwards = [
  ['port: 8080, to: "web1:80"', 'port: 8080, to: "db1:80"', 'port: 8080-8085, to: "web1:8080-8085"'],
  [
    'port: 2222, to: "db1:22", from: [198.51.100.0/24]',
    'port: 2222, to: "db1:22", from: ["2001:db8:1::/48", 10.0.0.0/8], rate: 5/second',
    'port: 2222, to: "db1:22", rate: 9/minute',
  ],
  [
    'port: 30000-30009, protocol: udp, to: "web1:30000-30009"',
    'port: 30000-30009, protocol: udp, to: "web1:40000-40009"',
    'port: 30005-30020, protocol: udp, to: "db1:30005-30020"',
  ],
];
const policies = [
  [
    'name: a, from: web1, to: db1, action: allow',
    'name: a, from: prod, to: db1, ports: [tcp/5432, udp/53], action: deny',
  ],
  [
    'name: b, from: dev, to: world, ports: [tcp/25], action: deny',
    'name: b, from: 10.77.10.0/28, to: world, ports: [tcp/20-30], action: allow',
  ],
  ['name: c, from: dev, to: host, ports: [tcp/22], action: deny'],
];
const heads = [
  '',
  'limits: {sessions: 500, sessionsPerGuest: 200}\n',
  'limits: {sessions: 400, sessionsPerGuest: 100, portBlock: 300, udp: 100s, udpUnanswered: 40s}\n',
  'limits: {sessions: 600, sessionsPerGuest: 500, portBlock: 500, newSessionsPerGuest: 9/minute}\n',
  'limits: {sessions: 900, sessionsPerGuest: 900, portBlock: 300}\n',
];
const uplinks = [
  '{interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}',
  '{interface: eth0, shared: [203.0.113.10]}',
  '{interface: eth1, shared: [203.0.113.11]}',
];

/** Every guest with a further block where there is room; a site that allows none takes it away again. */
function grown({ nics, guests: holders }: Assignments): Assignments {
  const { site } = parseSite(siteText({ head: 'site: lab\nuplink: {interface: eth0, shared: [203.0.113.10]}\n' }));
  const all = new Map(holders);
  for (const [name, guest] of all) {
    const limits = { ...site.limits, portBlock: guest.last - guest.first + 1 };
    const range = proposeFurtherBlock({ ...site, guests: [], forwards: [], limits }, name, all, []);
    if (range) all.set(name, { ...guest, more: [...(guest.more ?? []), range] });
  }
  return { nics, guests: all };
}

/** One of the variants of each thing, or none of it. */
const variants = (things: readonly (readonly string[])[]) =>
  fc
    .tuple(...things.map((all) => fc.option(fc.constantFrom(...all), { nil: undefined, freq: 3 })))
    .map((some) => some.filter((one) => one !== undefined));

const siteArbitrary = fc
  .record({
    dev: fc.constantFrom(...segments.dev),
    prod: fc.constantFrom(...segments.prod),
    guests: variants(guests),
    forwards: variants(forwards),
    policies: variants(policies),
    head: fc.constantFrom(...heads),
    uplink: fc.constantFrom(...uplinks),
  })
  .map(({ dev, prod, guests: some, forwards: ports, policies: rules, head, uplink }) => {
    const there = new Set(some.map((line) => /name: (\w+)/.exec(line)?.[1]));
    // What a line names must be there; a policy between guests of one segment is refused by the model.
    const fits = (line: string): boolean => ['web1', 'db1'].every((guest) => !line.includes(guest) || there.has(guest));
    const apart = some.some((line) => line.includes('name: web1, nics: [{segment: prod}]'));
    return siteText({
      head: `site: testlab\nuplink: ${uplink}\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\n${head}`,
      segments: [dev, prod],
      guests: some,
      forwards: ports.filter(fits),
      policies: rules.filter((line) => fits(line) && (apart || !line.includes('from: web1, to: db1'))),
    });
  });

test('any sequence of changes ends in the same rules as the last state made from nothing', async (t) => {
  const library = Libnftables.open();
  t.after(() => library.close());
  let differences = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(siteArbitrary, fc.boolean()), { minLength: 2, maxLength: 6 }), async (texts) => {
      let input: RulesetInput | undefined;
      let held: Assignments = nobody;
      for (const [text, grows] of texts) {
        const { desired, assignments } = await desiredSite(text, grows ? grown(held) : held);
        held = assignments;
        const after: RulesetInput = { desired, host };
        const difference = compareRulesets(input, after);
        const rebuild = input === undefined || needsRebuild(difference);
        const transaction = rebuild ? renderRuleset(after) : renderDifference(difference);
        if (!rebuild) differences++;
        if (transaction !== '') await library.run(transaction);
        input = after;
      }
      const changed = listRuleset();
      await library.run(renderRemoval());
      assert.equal(listRuleset(), '', 'a removal leaves nothing');
      await library.run(renderRuleset(input as RulesetInput));
      assert.deepEqual(changed.split('\n'), listRuleset().split('\n'));
      assert.equal(compareRulesets(input, input).elements.added.length, 0);
      await library.run(renderRemoval());
    }),
    { numRuns: 60 },
  );
  assert.ok(differences > 40, `${differences} changes were made as differences`);
});

/** Too few guests to reach the limit of all sessions, so that both lack the one rule that counts them. */
const many = async (count: number, ipv6: boolean): Promise<RulesetInput> => {
  const subnet6 = ipv6 ? ', subnet6: "fd00:77:10::/64"' : '';
  const guestsOf = Array.from(
    { length: Math.min(count, 40) },
    (_, i) =>
      `name: g${i}, nics: [${Array(Math.ceil(count / 40))
        .fill('{segment: dev}')
        .join(', ')}]`,
  );
  const { desired } = await desiredSite(
    siteText({
      head: `site: testlab\nuplink: {interface: eth0, shared: [203.0.113.10${ipv6 ? ', "2001:db8::10"' : ''}]}\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\nlimits: {sessions: 1000000, sessionsPerGuest: 400}\n`,
      segments: [`name: dev, subnet: 10.77.0.0/16${subnet6}`],
      guests: guestsOf,
      forwards: Array.from({ length: count }, (_, i) => `port: ${1024 + i}, to: "g0:${1024 + i}"`),
    }),
  );
  return { desired, host };
};

/** Chains and rules of a rendered ruleset. */
function shape(input: RulesetInput): { chains: number; rules: number } {
  const blocks = [...renderRuleset(input).matchAll(/^\tchain \S+ \{\n([\s\S]*?)^\t\}/gm)].map(([, body]) => body ?? '');
  return { chains: blocks.length, rules: blocks.reduce((sum, body) => sum + body.trim().split('\n').length, 0) };
}

// Sessions of all are counted only where the guests together can reach their limit: a rule more, and no more than one.
test('a thousand NICs and forwards take as many chains and rules as one', async () => {
  const one = await many(1, false);
  const thousand = await many(1000, false);
  assert.deepEqual([one.desired.nics.size, one.desired.forwards.size], [1, 1]);
  assert.deepEqual([thousand.desired.nics.size, thousand.desired.forwards.size], [1000, 1000]);
  assert.deepEqual(shape(thousand), shape(one));
});

test('IPv6 adds one chain of one rule for each port block, and nothing else', async () => {
  const one = shape(await many(1, true));
  const thousand = shape(await many(1000, true));
  assert.deepEqual(thousand, { chains: one.chains + 39, rules: one.rules + 39 });
});
