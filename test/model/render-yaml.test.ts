import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { parseSite, siteObjects } from '../../src/model/parse-site.ts';
import { readQuickly } from '../../src/model/read-site-text.ts';
import { renderYaml } from '../../src/model/render-yaml.ts';
import { siteOfObjects } from '../../src/model/site-of-objects.ts';
import type { SiteInput } from '../../src/model/site-schema.ts';

const tricky = fc.constantFrom(
  ...['null', 'Yes', 'off', '~', '-', '- a', '# a', 'a: b', 'a #b', '1e5', '0x1f', '0o7', '.5', '1_000', '2001:db8::'],
  ...[
    '02:1a:3f:00:10:01',
    '10:20',
    '1-2',
    '16384-16483',
    '10.0.0.0/8',
    '60s',
    '5%',
    '',
    ' ',
    'a\nb',
    "it's",
    '"',
    '\u2028',
  ],
  ...[
    '=',
    '<<',
    '!x',
    '&a',
    '*a',
    '@',
    '`',
    '[',
    '{',
    '|',
    '>',
    '%',
    '2026-11-22',
    '12:30',
    'y',
    'N',
    '\ufeff',
    'é',
    '防火墙',
  ],
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    tricky,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('any'), { maxLength: 4 }),
  map: fc.dictionary(fc.oneof(fc.string({ minLength: 1 }), tricky), tie('any'), { maxKeys: 4, noNullPrototype: true }),
})).map;

test('what is rendered as YAML is read as the same again', () => {
  fc.assert(
    fc.property(value, (before) => {
      const text = renderYaml(before as object);
      assert.deepEqual(parse(text, { version: '1.2' }), before, text);
      const quick = readQuickly(text);
      if (quick !== undefined) assert.deepEqual(JSON.parse(JSON.stringify(quick)), before, text);
    }),
    { numRuns: 3_000 },
  );
});

test('a site of objects is the file that they came from', () => {
  const directory = new URL('../golden/linux/', import.meta.url);
  for (const scenario of readdirSync(directory)) {
    const text = readFileSync(new URL(`${scenario}/site.yaml`, directory), 'utf8');
    const { objects } = parseSite(text);
    const file = siteOfObjects(objects);
    assert.deepEqual(siteObjects(file as SiteInput), objects, scenario);
    assert.deepEqual(JSON.stringify(parseSite(renderYaml(file)).objects), JSON.stringify(objects), scenario);
  }
});
