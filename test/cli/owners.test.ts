import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownersCsv, renderOwners } from '../../src/cli/render-owners.ts';
import type { OwnerView, QuotaUse } from '../../src/client/owners.ts';

const quota = (use: QuotaUse): OwnerView['quota'] => ({
  guests: use,
  nics: use,
  forwards: use,
  ports: use,
  sessions: use,
});
const owners: OwnerView[] = [
  { name: 'aster', segments: ['lan', 'commons'], ports: ['30000-30099'], quota: quota({ used: 2, most: 10 }) },
  { name: 'birch', segments: ['lan'], quota: quota({ used: 0, most: 1 }) },
  { name: 'cedar', segments: [], quota: quota({ used: 3 }) },
];

test('owners are shown with how much of their quotas they have; without an entry only with what there is', () => {
  assert.deepEqual(renderOwners(owners), [
    'owner  guests  nics  forwards  ports  sessions  segments      may publish',
    'aster    2/10  2/10      2/10   2/10      2/10  lan, commons  30000-30099',
    'birch     0/1   0/1       0/1    0/1       0/1  lan           any from 1024',
    'cedar       3     3         3      3         3  -             -',
  ]);
  assert.match(renderOwners([]).join(), /no owners/);
});

test('as CSV each figure has a column of its own', () => {
  const [head, aster, , cedar] = ownersCsv(owners).map((line) => line.trim());
  assert.equal(head?.split(',').length, 13);
  assert.equal(aster, 'aster,2,10,2,10,2,10,2,10,2,10,lan commons,30000-30099');
  assert.equal(cedar, 'cedar,3,,3,,3,,3,,3,,,');
});
