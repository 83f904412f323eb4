import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeChange } from '../../../src/drivers/linux/describe-change.ts';
import type { DesiredBlock } from '../../../src/model/desired-state.ts';
import { parseLabel } from '../../../src/model/names.ts';
import { parsePortRange } from '../../../src/model/port-range.ts';
import { devlab } from './desired-fixture.ts';

const block = (ports: string, more: readonly string[] = []): DesiredBlock => ({
  guest: parseLabel('web1'),
  ports: parsePortRange(ports),
  more: more.map(parsePortRange),
  inner4: [],
  inner6: [],
});

const linesOf = (before: DesiredBlock, after: DesiredBlock): string[] => {
  const state = devlab();
  const withBlock = (one: DesiredBlock) => ({ ...state, blocks: new Map([['web1', one]]) });
  return describeChange(withBlock(before), withBlock(after)).map(({ text }) => text);
};

test('a port block that gives up ports says that sessions on them end, and one that grows says nothing of the kind', () => {
  assert.deepEqual(linesOf(block('2000-2999'), block('2000-2019')), [
    'port block of "web1": source ports 2000-2019; open sessions on ports that it gives up end',
  ]);
  assert.deepEqual(linesOf(block('2000-2999'), block('2000-3999')), ['port block of "web1": source ports 2000-3999']);
  assert.deepEqual(linesOf(block('2000-2999'), block('2000-2999', ['5000-5999'])), [
    'port block of "web1": source ports 2000-2999, 5000-5999',
  ]);
});
