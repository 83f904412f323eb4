import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { cleaningScope, startNatLab } from './nat/nat-lab.ts';
import { discover, startStunServer } from './nat/stun.ts';

enterNamespace(import.meta.filename);

const scope = cleaningScope();
before(async () => {
  await startNatLab(scope, {
    guests: [
      'name: web1, nics: [{segment: dev}]',
      'name: game1, nat: {filtering: endpoint-independent}, nics: [{segment: dev}]',
      'name: scan1, nat: {mapping: address-and-port-dependent}, nics: [{segment: dev}]',
    ],
  });
  await startStunServer(scope);
});
after(() => scope.clean());

/** The verdicts, which the program prints between lines of `=`. */
const verdicts = (text: string): string[] =>
  [...text.matchAll(/={10,}\n(NAT with [^\n]+)!\n={10,}/g)].map(([, verdict]) => verdict as string);

test('turnutils_natdiscovery finds the default: endpoint-independent mapping, address- and port-dependent filtering', () => {
  const found = verdicts(discover('web1', '-m', '-f'));
  assert.deepEqual(found, ['NAT with Endpoint Independent Mapping', 'NAT with Address and Port Dependent Filtering']);
});

test('turnutils_natdiscovery finds endpoint-independent filtering where a guest chose it, and hairpinning', () => {
  const found = verdicts(discover('game1', '-m', '-f'));
  assert.deepEqual(found, ['NAT with Endpoint Independent Mapping', 'NAT with Endpoint Independent Filtering']);
  assert.match(discover('game1', '-H'), /Received a request \(maybe a successful hairpinning\)/);
  assert.doesNotMatch(discover('web1', '-H'), /Received a request/, 'nobody reaches a guest that it has not spoken to');
});

test('turnutils_natdiscovery finds a port for every session where a guest chose it', () => {
  const found = verdicts(discover('scan1', '-m', '-f'));
  assert.deepEqual(found, [
    'NAT with Address and Port Dependent Mapping',
    'NAT with Address and Port Dependent Filtering',
  ]);
});

test('messages larger than a packet find the same', () => {
  assert.deepEqual(verdicts(discover('game1', '-m', '-P')), ['NAT with Endpoint Independent Mapping']);
});
