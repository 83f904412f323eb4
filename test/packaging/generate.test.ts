import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findLockfileMistakes } from '../../packaging/check-lockfile.ts';
import { generateFiles } from '../../packaging/generate.ts';
import { commandList } from '../../src/cli/command-list.ts';
import { errorCatalogue } from '../../src/errors/catalogue.ts';

describe('the generated reference', async () => {
  const files = await generateFiles();
  const textOf = (name: string): string => files.get(`docs/reference/${name}`) ?? '';

  test('has a section for every error of the catalogue, with its status and remedy', () => {
    for (const [code, { remedy, status }] of Object.entries(errorCatalogue)) {
      assert.ok(textOf('errors.md').includes(`## ${code}\n`), code);
      assert.ok(textOf('errors.md').includes(`HTTP status ${status}`), code);
      assert.ok(textOf('errors.md').includes(remedy), code);
    }
  });

  test('has the help of every command', () => {
    for (const name of Object.keys(commandList))
      assert.ok(textOf('cli.md').includes(`## bridgekeeper ${name}\n`), name);
  });

  test('has every operation of the API in both forms', () => {
    const { paths } = JSON.parse(textOf('openapi.json')) as {
      paths: Record<string, Record<string, { tags: string[] }>>;
    };
    assert.ok(Object.keys(paths).length > 15);
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { tags }] of Object.entries(methods)) {
        const name = `${method.toUpperCase()} ${path}`;
        assert.ok(textOf(`api/${tags[0]}.md`).includes(`## ${name}\n`), name);
        assert.ok(textOf('api/README.md').includes(`[${name}](${tags[0]}.md#`), name);
      }
    }
  });

  test('is the same each time, whatever the terminal', async () => {
    process.env.COLUMNS = '40';
    assert.deepEqual(await generateFiles(), files);
  });
});

test('a lockfile that names a registry or lacks a platform is refused', () => {
  const lock = (packages: object): string => JSON.stringify({ packages });
  assert.deepEqual(findLockfileMistakes(lock({ a: { optionalDependencies: { b: '1' } }, 'node_modules/b': {} })), []);
  assert.match(
    findLockfileMistakes(lock({ a: { resolved: 'https://x/a.tgz' } }))[0] ?? '',
    /names the registry.*https/,
  );
  assert.match(
    findLockfileMistakes(lock({ a: { optionalDependencies: { b: '1' } } }))[0] ?? '',
    /"b", which has no entry/,
  );
});
