import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { AlertView } from '../../src/reconciler/alerts/contract.ts';
import type { Attack } from './attack.ts';
import { allAttacks, attackGroups } from './catalogue/list.ts';
import { isConfirmed, runControl, takeGuardAway } from './control.ts';
import { enterRootNamespace } from './enter-root-namespace.ts';
import { type AttackLab, startAttackLab } from './lab.ts';
import type { AttackOutcome } from './run-attack.ts';
import { attackRunner, spareGuests } from './spare-guests.ts';
import { complaintsOf } from './verdict.ts';

enterRootNamespace(import.meta.filename);

/** One of each kind; `npm run attacks` tries all of them without the guard. */
const controlled = ['arpspoof', 'dhcpstarv', 'fake-router6', 'spanning-tree', 'macof', 'garp-storm'];
const limit = { timeout: 60_000 };
let lab: AttackLab;
let attack: (attack: Attack) => Promise<AttackOutcome>;
before(async () => {
  lab = await startAttackLab([...allAttacks.map(({ name }) => name), ...spareGuests]);
  attack = attackRunner(lab);
});
after(() => lab.close());

for (const { title, attacks } of attackGroups) {
  describe(title, () => {
    for (const one of attacks) {
      test(
        `${one.name} (${one.tool}) achieves nothing, is told within a second, and is silent once isolated`,
        limit,
        async () => {
          const outcome = await attack(one);
          assert.deepEqual(complaintsOf(outcome), [], outcome.alert.text);
        },
      );
    }
  });
}

test('the administrator reads of the last attack on the command line', limit, async () => {
  const last = allAttacks.at(-1) as Attack;
  const alerts = JSON.parse(await lab.gateway.cli('alerts', '--json')) as AlertView[];
  const ports = alerts.filter(({ rule }) => rule === last.alert).map(({ subject }) => subject.port);
  assert.ok(ports.includes(lab.cast(last.name).attacker.port), `alerts name ${ports.join(', ')}`);
});

test('the administrator isolates an attacker from the command line, and lets it go', limit, async () => {
  const guest = spareGuests.at(-1) as string;
  const { gateway } = lab;
  const told = await gateway.cli('isolate', guest, '--for', '10m', '--reason', 'attack suite');
  assert.match(told, new RegExp(guest));
  assert.deepEqual(
    (await gateway.client.isolation.list()).map((isolated) => isolated.guest),
    [guest],
  );
  await gateway.cli('isolate', guest, '--undo');
  assert.deepEqual(await gateway.client.isolation.list(), []);
});

test("the victim's stream was never interrupted", () => {
  assert.equal(lab.stream.failure, undefined);
});

test('without the guard, attacks arrive and the captures see them', { timeout: 90_000 }, async () => {
  await takeGuardAway(
    lab,
    allAttacks.map(({ name }) => name),
  );
  const samples = allAttacks.filter(({ name }) => controlled.includes(name));
  for (const sample of samples) assert.equal(isConfirmed(sample, await runControl(lab, sample)), true, sample.name);
});

test('the report has every attack', () => {
  const page = readFileSync(new URL('../../docs/reference/security.md', import.meta.url), 'utf8');
  const missing = allAttacks.filter(({ name }) => !page.includes(`| \`${name}\` |`)).map(({ name }) => name);
  assert.deepEqual(missing, [], 'run `npm run attacks`, which writes it');
});
