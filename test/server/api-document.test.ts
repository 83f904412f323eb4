import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { ApiDocument, Operation } from '../../packaging/api-schema.ts';
import { renderApiOutline } from '../../packaging/render-api-outline.ts';
import { policyTable } from '../../src/access/policy-table.ts';
import { describeApi } from '../../src/server/server.ts';

const outline = join(import.meta.dirname, '../golden/api/outline.txt');

describe('the OpenAPI document', () => {
  let document: ApiDocument;
  let operations: { name: string; operation: Operation }[];
  before(async () => {
    document = (await describeApi()) as ApiDocument;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
    );
  });

  test('is what callers were promised: a difference is a change of the API', () => {
    const was = readFileSync(outline, 'utf8').split('\n');
    const is = renderApiOutline(document).split('\n');
    const [known, now] = [new Set(was), new Set(is)];
    const gone = was.filter((line) => !now.has(line)).map((line) => `- ${line}`);
    const come = is.filter((line) => !known.has(line)).map((line) => `+ ${line}`);
    assert.deepEqual([...gone, ...come], [], 'if it is meant, `npm run generate` writes it down');
  });

  test('has every endpoint of the policy table but the page itself', () => {
    const page = ['GET /*', 'GET /assets/*', 'GET /openapi.json', 'GET /docs', 'GET /docs/{file}'];
    const described = new Set(operations.map(({ name }) => name));
    const missing = Object.keys(policyTable).filter((name) => !described.has(name) && !page.includes(name));
    assert.deepEqual(missing, []);
  });

  test('names every operation once, with a group, a summary, and what may fail', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(names).size, names.length);
    const groups = new Set(document.tags.map(({ name }) => name));
    for (const { name, operation } of operations) {
      assert.ok(operation.summary, name);
      assert.ok(
        operation.tags?.every((tag) => groups.has(tag)),
        name,
      );
      const failures = Object.entries(operation.responses ?? {}).filter(([status]) => /^[45]/.test(status));
      assert.ok(failures.length > 0, name);
      for (const [, { $ref }] of failures) assert.match($ref ?? '', /^#\/components\/responses\/\w+$/, name);
    }
    for (const { name, description } of document.tags) assert.ok(description, `group ${name} says what it is about`);
  });

  test('every list has pages, fields and a stream', () => {
    // How one may log in is one thing, for who has not logged in yet.
    const lists = operations.filter(({ operation: { operationId } }) =>
      /^list(?!LoginMethods)/.test(operationId ?? ''),
    );
    assert.ok(lists.length >= 25);
    for (const { name, operation } of lists) {
      const parameters = new Set(operation.parameters?.map((parameter) => parameter.name));
      for (const wanted of ['limit', 'after', 'fields']) assert.ok(parameters.has(wanted), `${name} ${wanted}`);
      assert.ok(operation.responses?.['200']?.content?.['application/x-ndjson'], name);
    }
  });
});
