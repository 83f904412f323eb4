import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { AppError } from '../../src/errors/app-error.ts';
import { defaultBridgeName, defaultPortName } from '../../src/model/default-names.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import type { Site } from '../../src/model/site.ts';

/** Every string of an accepted site is one of these: one word for nftables and for dnsmasq, and no option. */
const safe = [
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, // label
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/, // domain
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, // interface
  /^[0-9a-f]{2}(:[0-9a-f]{2}){5}(\/\d{1,2}|-[0-9a-f]{2}(:[0-9a-f]{2}){5})?$/, // MAC, MAC range
  /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/, // IPv4
  /^[0-9a-f:]{2,39}(\/\d{1,3})?$/, // IPv6
];

/** A site that uses every key that holds text. */
const example = parse(readFileSync(new URL('../../examples/devlab.yaml', import.meta.url), 'utf8')) as Container;
const [segment] = example.segments as Container[];
const [, guest] = example.guests as { nics: Container[] }[];
const [policy] = example.policies as Container[];
Object.assign(segment ?? {}, { bridge: 'br-dev.1', pool: 'default' });
Object.assign(guest?.nics[0] ?? {}, { port: 'tap_7', pool: 'default', ip6: 'fd00:77:10::20' });
Object.assign(policy ?? {}, { name: 'api-to-db' });

type Container = Record<string | number, unknown>;
interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: string;
}

function leavesOf(value: unknown, path: readonly (string | number)[] = []): Leaf[] {
  if (typeof value === 'string') return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, part]) => leavesOf(part, [...path, key]));
}

function replaced(path: readonly (string | number)[], text: string): unknown {
  const copy = structuredClone(example);
  let here = copy;
  for (const key of path.slice(0, -1)) here = here[key] as Container;
  here[path.at(-1) as string] = text;
  return copy;
}

function assertPlainWords(site: Site): void {
  for (const { value } of leavesOf(site)) {
    assert.ok(
      safe.some((pattern) => pattern.test(value)),
      `${JSON.stringify(value)} was accepted`,
    );
  }
  for (const { name, bridge } of site.segments) {
    assert.match(defaultBridgeName(name), /^bk-[a-z0-9_-]{1,12}$/);
    assert.ok(!['.', '..', 'all', 'default', 'lo'].includes(bridge), bridge);
  }
  for (const { name } of site.guests) assert.match(defaultPortName(name, 31), /^bkp-[a-z0-9_.-]{1,11}$/);
}

/** Syntax of nftables, dnsmasq, shells, sysctl paths and terminals. */
const evil = [
  ...' ;{}"\'\\`$*+@/,=#\n\t\r!|&<>()[]%:.-~^?\u0000\u0085\u2028\u202e\u001bAéK',
  ...['; flush ruleset', '\naddress=/#/6.6.6.6', '$(reboot)', 'tag:', '..', '--', ' }'],
];
const keysOf = ({ path }: Leaf): string => path.filter((key) => typeof key === 'string').join('.');
/** One leaf for every key that holds text. */
const leaves = [...new Map(leavesOf(example).map((leaf) => [keysOf(leaf), leaf])).values()];

describe('nothing that a site file says can be taken for syntax', () => {
  test('because every string of a site is a plain word', () => {
    const text = JSON.stringify(example);
    for (const key of ['tap_7', 'br-dev.1', 'api-to-db', 'dev.example']) assert.ok(text.includes(key), key);
    assertPlainWords(parseSite(text).site);
  });

  test('because foreign characters in any text are refused, or make another plain word', () => {
    let refused = 0;
    for (const { path, value } of leaves) {
      for (const foreign of evil) {
        for (const at of [Math.ceil(value.length / 2), value.length]) {
          const text = JSON.stringify(replaced(path, value.slice(0, at) + foreign + value.slice(at)));
          try {
            assertPlainWords(parseSite(text).site);
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            refused += 1;
          }
        }
      }
    }
    assert.ok(refused > 0.9 * leaves.length * evil.length * 2, `only ${refused} were refused`);
  });

  test('because arbitrary text in place of any text is refused, or is a plain word', () => {
    const arbitrary = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.stringMatching(/^[a-zA-Z0-9_.:/-]{1,16}$/),
    );
    fc.assert(
      fc.property(fc.constantFrom(...leaves), arbitrary, ({ path }, value) => {
        try {
          assertPlainWords(parseSite(JSON.stringify(replaced(path, value))).site);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
