import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/errors/app-error.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { type Planted, site, table, tight, uplinkKeys } from './mistakes-to-plant.ts';

function plant(input: object, { at, value }: Planted): void {
  const parts = at.split(/[.[\]]+/).filter((part) => part !== '');
  const last = parts.pop() as string;
  const holder = parts.reduce(
    (inner, part) => inner[part] as Record<string, unknown>,
    input as Record<string, unknown>,
  );
  holder[last] = value;
}

function pathsIn(input: object): string[] {
  try {
    return parseSite(JSON.stringify(input)).warnings.map(({ path }) => path);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.mistakes.map(({ path }) => path).sort();
  }
}

function pathsReported(planted: readonly Planted[]): string[] {
  const input = structuredClone(site);
  for (const mistake of planted) plant(input, mistake);
  return pathsIn(input);
}

/** Every mapping inside a value, with its path. */
function* mappingsOf(value: unknown, path = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) {
    const dot = path === '' ? '' : '.';
    yield* mappingsOf(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}${dot}${key}`);
  }
}

function pathsExpected(planted: readonly Planted[]): string[] {
  const places = new Set(planted.map(({ at }) => at));
  const shown = planted.filter(({ hiddenBy = [] }) => !hiddenBy.some((other) => places.has(other)));
  return shown.flatMap(({ at, paths }) => paths ?? [at]).sort();
}

describe('mistakes planted in a site without any', () => {
  test('are not there before', () => {
    assert.deepEqual(pathsIn(site), []);
    assert.deepEqual(pathsIn(tight), []);
  });

  test('are each reported, and nothing else is', () => {
    for (const mistake of table) assert.deepEqual(pathsReported([mistake]), pathsExpected([mistake]), mistake.at);
  });

  test('are each reported and nothing else is, whichever of them come together', () => {
    fc.assert(
      fc.property(fc.subarray([...table]), (planted) => {
        assert.deepEqual(pathsReported(planted), pathsExpected(planted));
      }),
      { numRuns: 1000 },
    );
  });

  test('are each reported and nothing else is, two by two', () => {
    for (const one of table)
      for (const other of table)
        if (one.at < other.at) assert.deepEqual(pathsReported([one, other]), pathsExpected([one, other]));
  });

  test('that need the uplink are left alone where the uplink is wrong', () => {
    const holding: Planted = { at: 'segments[3].subnet', value: '203.0.113.0/24', hiddenBy: uplinkKeys };
    const address: Planted = { at: 'guests[5].nics[0].ip', value: '203.0.113.20' };
    for (const at of uplinkKeys) {
      const uplink = table.find((mistake) => mistake.at === at) as Planted;
      assert.deepEqual(pathsReported([holding, address, uplink]), pathsExpected([uplink]));
    }
    assert.deepEqual(pathsReported([holding, address]), ['segments[3].subnet']);
  });

  test('have no followers: a misspelt key is reported, and at most that a key is missing', () => {
    const input = structuredClone(tight);
    for (const [path, mapping] of [...mappingsOf(input)]) {
      for (const [key, value] of Object.entries(mapping)) {
        delete mapping[key];
        mapping[`${key}x`] = value;
        const unknown = path === '' ? `${key}x` : `${path}.${key}x`;
        const paths = pathsIn(input);
        assert.ok(paths.includes(unknown), unknown);
        assert.deepEqual(
          paths.filter((one) => one !== unknown && one !== path),
          [],
          unknown,
        );
        delete mapping[`${key}x`];
        mapping[key] = value;
      }
    }
  });

  test('have no followers: a value of the wrong kind is reported alone', () => {
    const input = structuredClone(tight);
    for (const [path, mapping] of [...mappingsOf(input)]) {
      for (const [key, value] of Object.entries(mapping)) {
        mapping[key] = true;
        assert.deepEqual(pathsIn(input), [path === '' ? key : `${path}.${key}`]);
        mapping[key] = value;
      }
    }
  });
});
