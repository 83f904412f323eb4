import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../web/src', import.meta.url));
const folders = globSync('**/text.en.ts', { cwd: root }).map(dirname).sort();

const textsOf = async (folder: string, language: string): Promise<Record<string, string>> =>
  (await import(pathToFileURL(resolve(join(root, folder, `text.${language}.ts`))).href)).default;

/** Keys as the page asks for them: English has two of what is counted (`_one`, `_other`), Chinese one. */
const asked = (texts: object): string[] => [
  ...new Set(Object.keys(texts).map((key) => key.replace(/_one$/, '_other'))),
];
const places = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();
const marks = (text: string): string[] => [...text.matchAll(/<\/?(\w+)>/g)].map(([mark]) => mark).sort();

describe('texts of the page', () => {
  test('there are some', () => assert.ok(folders.length >= 8, String(folders)));

  for (const folder of folders) {
    test(`${folder}: everything is there in Chinese, with the same places to fill in`, async () => {
      const [english, chinese] = await Promise.all([textsOf(folder, 'en'), textsOf(folder, 'zh')]);
      assert.deepEqual(asked(chinese).sort(), asked(english).sort());
      assert.deepEqual(
        Object.keys(chinese).filter((key) => key.endsWith('_one')),
        [],
        'Chinese does not count in singular and plural',
      );
      for (const [key, text] of Object.entries(chinese)) {
        assert.deepEqual(places(text), places(english[key] ?? ''), `{{…}} of ${key}`);
        assert.deepEqual(marks(text), marks(english[key] ?? ''), `<…> of ${key}`);
        assert.notEqual(text.trim(), '', key);
      }
    });
  }
});
