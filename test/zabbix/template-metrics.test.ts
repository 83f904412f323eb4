import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { metricDefinitions } from '../../src/server/metrics/definitions.ts';

const path = fileURLToPath(new URL('../../packaging/zabbix/bridgekeeper-6.0.yaml', import.meta.url));
const text = readFileSync(path, 'utf8');

/** Every mapping in the file. */
function* mappings(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* mappings(inner);
}

const all = [...mappings(parse(text))];

test('every metric and label that the template reads is one that the daemon gives', () => {
  const definitions: Readonly<Record<string, { readonly labels: readonly string[] }>> = metricDefinitions;
  let read = 0;
  for (const { type, parameters } of all) {
    if (type !== 'PROMETHEUS_PATTERN' && type !== 'PROMETHEUS_TO_JSON') continue;
    const [pattern = '', output, label] = parameters as string[];
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?(?: == \d+)?$/.exec(pattern) ?? [];
    const known = definitions[name]?.labels;
    assert.ok(known, `"${pattern}" reads no metric of the daemon`);
    for (const [, used] of labels.matchAll(/(\w+)="/g))
      assert.ok(known.includes(used as string), `${pattern}: ${used}`);
    if (output === 'label') assert.ok(known.includes(label as string), `${pattern}: ${label}`);
    read += 1;
  }
  assert.ok(read > 50);
});

test('every uuid of the template is of version 4, without dashes, and there once', () => {
  const uuids = all.flatMap(({ uuid }) => (uuid === undefined ? [] : [String(uuid)]));
  for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  assert.equal(new Set(uuids).size, uuids.length);
});

test('every macro that the template uses has a default', () => {
  const defined = new Set(all.flatMap(({ macro }) => (typeof macro === 'string' ? [macro] : [])));
  for (const [, used] of text.matchAll(/(\{\$BRIDGEKEEPER\.[A-Z_.]+)(?::"[^"]*")?\}/g))
    assert.ok(defined.has(`${used}}`), `${used}}`);
});

test('keys of items are told apart', () => {
  const keys = all.flatMap(({ type, key, name }) => (type && key && name ? [String(key)] : []));
  assert.equal(new Set(keys).size, keys.length);
});
