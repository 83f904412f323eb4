import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSnapshots } from '../../src/lab/host-snapshot.ts';

test('what came and what went is told by kind, and what stayed is not', () => {
  const before = new Map([
    ['link', ['lo', 'eth0']],
    ['rule', ['0: local']],
  ]);
  const after = new Map([
    ['link', ['lo', 'bk-dev']],
    ['rule', ['0: local']],
  ]);
  assert.deepEqual(compareSnapshots(before, after), ['+link: bk-dev', '-link: eth0']);
  assert.deepEqual(compareSnapshots(before, before), []);
});
