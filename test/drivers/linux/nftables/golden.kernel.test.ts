import assert from 'node:assert/strict';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { renderEverything } from '../../../../src/drivers/linux/render.ts';
import { parseMacAddress } from '../../../../src/model/mac-address.ts';
import { normalizeRuleset } from '../../../reconciler/host-state.ts';
import { shell } from '../host/snapshot-host.ts';
import { enterNamespace } from '../in-namespace.ts';
import { desiredSite } from './desired-site.ts';

enterNamespace(import.meta.filename);

const root = fileURLToPath(new URL('../../../golden/linux', import.meta.url));
const features = {
  bridgeMeta: false,
  ctTimeout: true,
  socketMatch: true,
  frameSamples: true,
  flowtable: false,
  flowtableDevices: [],
  uplinkMac: parseMacAddress('02:00:5e:00:53:01'),
};
const directory = mkdtempSync(join(tmpdir(), 'bk-golden-'));
before(() => shell('ip link add eth0 type veth peer name world0'));
after(() => rmSync(directory, { recursive: true }));

interface Listing {
  nftables: { rule?: { table: string; chain: string }; set?: Listed; map?: Listed; chain?: { name: string } }[];
}
interface Listed {
  name: string;
  elem?: unknown[];
}

/** How many rules and elements the kernel holds, by chain and set of one family. */
function kernelCounts(family: string): Record<string, number> {
  const { nftables } = JSON.parse(shell(`nft -j list ruleset ${family}`)) as Listing;
  const counts: Record<string, number> = {};
  const add = (key: string, count: number): void => {
    if (count > 0) counts[key] = (counts[key] ?? 0) + count;
  };
  for (const { rule, set, map } of nftables) {
    if (rule) add(rule.chain, 1);
    const listed = set ?? map;
    if (listed) add(listed.name, listed.elem?.length ?? 0);
  }
  return counts;
}

/** The same, read from the text that was rendered. */
function renderedCounts(text: string, family: string): Record<string, number> {
  const counts: Record<string, number> = {};
  const tables = text.split(/^(?=table \S+ bridgekeeper \{)/m).filter((part) => part.startsWith(`table ${family} `));
  for (const [, kind, name, body] of tables.join('').matchAll(/^\t(set|map|chain) (\S+) \{\n([\s\S]*?)^\t\}/gm)) {
    const lines = (body ?? '').split('\n').map((line) => line.trim());
    const rules = lines.filter(
      (line) =>
        line !== '' &&
        !line.startsWith('type filter') &&
        !line.startsWith('type nat') &&
        !line.startsWith('type route'),
    );
    const elements = /elements = \{([^}]*)\}/.exec(body ?? '')?.[1]?.split(',').length ?? 0;
    const count = kind === 'chain' ? rules.length : elements;
    if (count > 0) counts[name as string] = count;
  }
  for (const [, set, elements] of text.matchAll(
    new RegExp(`^add element ${family} bridgekeeper (\\S+) \\{(.*)\\}$`, 'gm'),
  )) {
    counts[set as string] = (counts[set as string] ?? 0) + (elements ?? '').split(',').length;
  }
  return counts;
}

const scenarios = globSync(`${root}/*/site.yaml`)
  .map((file) => dirname(file))
  .sort();

test('there are scenarios', () => assert.ok(scenarios.length >= 8, `${scenarios.length} in ${root}`));

for (const scenario of scenarios) {
  test(`${basename(scenario)} is rendered as recorded, and the kernel takes and holds it`, async () => {
    const given = (name: string) =>
      existsSync(join(scenario, name)) ? JSON.parse(readFileSync(join(scenario, name), 'utf8')) : {};
    const site = readFileSync(join(scenario, 'site.yaml'), 'utf8');
    const { desired } = await desiredSite(site, undefined, given('rotating.json'), given('grown.json'));
    const rendered = renderEverything(desired, features, '/var/lib/bridgekeeper');
    for (const name of ['nftables', 'links', 'sysctls']) {
      const text = rendered.get(name);
      assert.ok(text !== undefined);
      const golden = join(scenario, `${name}.txt`);
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
      assert.equal(text, readFileSync(golden, 'utf8'), `${golden} (UPDATE_GOLDEN=1 records anew)`);
    }
    const file = join(directory, 'ruleset.nft');
    const text = rendered.get('nftables') as string;
    writeFileSync(file, text);
    shell(`nft --check -f ${file} && nft -f ${file}`);
    for (const family of ['bridge', 'inet', 'netdev']) {
      assert.deepEqual(kernelCounts(family), renderedCounts(text, family), `family ${family}`);
    }
    const held = shell('nft -s list ruleset');
    // What the kernel lists is a ruleset that gives the very same again.
    writeFileSync(file, `flush ruleset\n${held}`);
    shell(`nft -f ${file}`);
    assert.equal(normalizeRuleset(shell('nft -s list ruleset')), normalizeRuleset(held));
    shell('nft flush ruleset');
  });
}
