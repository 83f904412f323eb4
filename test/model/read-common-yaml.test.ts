import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { Places } from '../../src/model/places.ts';
import { readCommonYaml } from '../../src/model/read-common-yaml.ts';
import { readDocument } from '../../src/model/read-document.ts';
import { readJson } from '../../src/model/read-json.ts';
import { readPlacedJson } from '../../src/model/read-placed-json.ts';

/** Every part of a value with its places, in order. Nothing has no place of its own, so it is left out. */
function placesIn(value: unknown, places: Places): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries
    .filter(([, part]) => part !== null)
    .flatMap(([entry, part]) => [entry, places.of(value, entry), ...placesIn(part, places)]);
}

/** What the quick reader answers must be what the full parser reads, and that must be free of mistakes. */
function assertAgrees(text: string): boolean {
  const places = new Places();
  const quick = readCommonYaml(text, places);
  if (!('value' in quick)) return false;
  const full = readDocument(text);
  assert.deepEqual(full.mistakes, [], `the full parser refuses ${JSON.stringify(text)}`);
  assert.deepEqual(quick.value, full.value, JSON.stringify(text));
  assert.deepEqual(placesIn(quick.value, places), placesIn(full.value, full.places), JSON.stringify(text));
  return true;
}

/** Pieces that YAML is made of, put together blindly: mostly nonsense, and often nearly right. */
const piece = fc.constantFrom(
  ...['a', 'b: ', 'key:', 'null', 'true', 'No', '~', '1', '-1', '0x1F', '1e3', '1.5', '.5', '007', '0o17', '1:30'],
  ...['02:1a:3f:00:00:00/24', '2001:db8::10', 'fd00::', '10.77.10.0/24', '200/second', 'web1:80', '1_000', '.inf'],
  ...['- ', '-', '\n', '\n  ', '\n    ', '\n- ', '\n  - ', ' ', '  ', '\t', '\r\n', '# note', ' # note', '#', ': '],
  ...['{', '}', '[', ']', ', ', ',', '{a: 1}', '[1, b]', '{}', '[]', "'x'", "'it''s'", '"x"', '"\\n"', '"', "'"],
  ...[
    '&x ',
    '*x',
    '!t ',
    '|\n',
    '>\n',
    '? ',
    '@',
    '%',
    '---\n',
    '...\n',
    '<<: ',
    '__proto__: ',
    'é',
    '\u2028',
    '\ufeff',
  ],
);
const jumble = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

const common = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    8080,
    '02:1a:3f:00:00:00/24',
    'web1:80',
    'null',
    '123',
    '0x10',
    '1e3',
    '#x',
    '',
  ),
  fc.nat(),
  fc.stringMatching(/^[a-z0-9_.:/-]{1,12}$/),
);
const key = fc.stringMatching(/^[a-z][a-zA-Z0-9_-]{0,8}$/);
const treeOf = (scalar: fc.Arbitrary<unknown>) =>
  fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('value'), { maxLength: 4 }), tie('map')),
    map: fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  })).map;

describe('the quick reader', () => {
  test('never reads a text in another way than the full parser, whatever the text', () => {
    fc.assert(
      fc.property(jumble, (text) => void assertAgrees(text)),
      { numRuns: 20_000 },
    );
    fc.assert(
      fc.property(jumble, (text) => void assertAgrees(`a: ${text}`)),
      { numRuns: 20_000 },
    );
    fc.assert(
      fc.property(jumble, (text) => void assertAgrees(`a:\n  - {b: ${text}}\n`)),
      { numRuns: 10_000 },
    );
  });

  test('reads what people write as the full parser does, in block and in flow form', () => {
    let quick = 0;
    fc.assert(
      fc.property(treeOf(common), fc.boolean(), (value, flow) => {
        // Anchors would stand for equal parts, and folding would break long lines: neither is the common form.
        const options = { aliasDuplicateObjects: false, lineWidth: 0 };
        const text = flow
          ? `x: ${stringify(value, { ...options, collectionStyle: 'flow' })}`
          : stringify(value, options);
        if (assertAgrees(text)) quick += 1;
        assert.deepEqual(readDocument(text).value, flow ? { x: value } : value);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(quick > 500, `only ${quick} of 2000 texts were read quickly`);
  });

  test('reads block lists at the indentation of their key, comments anywhere, and a leading document marker', () => {
    const text =
      '---\n# first\na:\n- b: 1 # one\n  c:\n    - x\n# between\n\n- {d: [1, two, {e: f}], }\n-\ng:\n  h: "q # r"\n';
    assert.ok(assertAgrees(text));
  });

  test('leaves mistakes to the full parser', () => {
    for (const text of [
      'a: 1\na: 2',
      'a: {b: 1, b: 2}',
      'a: [1',
      'a: b: c',
      'a: 1\n b: 2',
      '\ta: 1',
      'a: "x',
      '- a\nb: 1',
    ]) {
      assert.ok('stoppedAt' in readCommonYaml(text), text);
    }
  });
});

describe('the JSON reader', () => {
  test('reads what JSON.stringify wrote', () => {
    fc.assert(
      fc.property(treeOf(fc.oneof(common, fc.string())), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const expected: unknown = JSON.parse(text);
        assert.deepEqual(readJson(text), expected);
        const places = new Places();
        const mistakes: object[] = [];
        const placed = readPlacedJson(text, places, mistakes as never);
        assert.deepEqual([placed, mistakes], [expected, []]);
        const full = readDocument(text);
        assert.deepEqual(placesIn(placed, places), placesIn(full.value, full.places), text);
      }),
    );
  });

  test('refuses a key that appears twice, however it is written', () => {
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":{"b":1,"c":[{"d":1,"d":2}]}}',
      '{"a":1,"\\u0061":2}',
      '{"\\"":1,"\\"":2}',
    ]) {
      assert.equal(readJson(text), undefined, text);
    }
    assert.deepEqual(readJson('{"a:b":"c:d","e\\"":"f:\\\\"}'), { 'a:b': 'c:d', 'e"': 'f:\\' });
  });
});
