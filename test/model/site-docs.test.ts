import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { generateSiteDocs } from '../../packaging/generate-site-docs.ts';

const docs = await generateSiteDocs();
const root = new URL('../../', import.meta.url);

/** Every key of every object in a JSON Schema. */
function keysIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, ...rest } = schema as { properties?: Record<string, unknown> };
  const own = properties ? Object.keys(properties) : [];
  return [...own, ...Object.values({ ...properties, ...rest }).flatMap(keysIn)];
}

describe('the reference of the site file', () => {
  const reference = docs.get('docs/reference/site-file.md') ?? '';
  const schema: unknown = JSON.parse(docs.get('docs/reference/site.schema.json') ?? '');

  test('in the repository is what the schema says; npm run generate writes it', () => {
    for (const [path, text] of docs) assert.equal(readFileSync(new URL(path, root), 'utf8'), text, path);
  });

  test('explains every key that the JSON Schema knows, and every key of the example', () => {
    const keys = new Set(keysIn(schema));
    for (const key of keys) assert.match(reference, new RegExp(`^\\| \`${key}\` \\|`, 'm'), key);
    const example = readFileSync(new URL('examples/devlab.yaml', root), 'utf8').replaceAll(/#.*/g, '');
    const used = [...example.matchAll(/([a-zA-Z0-9]+):(?=\s)/g)].map((match) => match[1] as string);
    assert.ok(used.length > 60);
    for (const key of used) assert.ok(keys.has(key), key);
  });

  test('gives every key a meaning', () => {
    const rows = reference.split('\n').filter((line) => line.startsWith('| `'));
    assert.ok(rows.length > 40);
    for (const row of rows) assert.match(row.split(' | ')[3] ?? '', /\w{3}.*\./, row);
  });

  test('refuses unknown keys in editors, too', () => {
    const objects: object[] = [];
    JSON.stringify(schema, (_, value: unknown) => {
      if (typeof value === 'object' && value !== null && 'properties' in value) objects.push(value);
      return value;
    });
    assert.ok(objects.length >= 10);
    for (const object of objects) assert.equal('additionalProperties' in object && object.additionalProperties, false);
  });
});
