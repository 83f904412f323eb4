import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredState } from '../../../src/model/desired-state.ts';
import { parseIp } from '../../../src/model/ip-address.ts';
import { type AskTrace, PartyFinder } from '../../../src/observers/suricata/find-parties.ts';
import type { IdsAlert } from '../../../src/observers/suricata/read-alert.ts';
import { createSubjectFinder } from '../../../src/reconciler/subject-finder.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const [shared, peer] = [parseIp('203.0.113.10'), parseIp('198.51.100.7')];
const desired = {
  uplink: { interface: 'eth0', ipv4: shared },
  nics: new Map(),
  blocks: new Map([
    ['web1', { guest: 'web1', ports: { first: 20_000, last: 20_099 }, more: [{ first: 30_000, last: 30_099 }] }],
  ]),
  forwards: new Map([['udp/53', { protocol: 'udp', ports: { first: 53, last: 53 }, guest: 'dns1' }]]),
  sameAddress: new Map([['sip1', { guest: 'sip1', ports: [{ first: 5060, last: 5070 }] }]]),
} as unknown as DesiredState;

function finder(ask?: AskTrace): PartyFinder {
  const subjects = createSubjectFinder(
    () => undefined,
    () => desired,
  );
  return new PartyFinder({ subjects, desired: () => desired, ...(ask && { ask }) });
}

const fromShared = (port: number | undefined, more: Partial<IdsAlert> = {}): IdsAlert => ({
  sid: 'sid:1',
  signature: 'x',
  priority: 1,
  protocol: 'tcp',
  at: now,
  source: { address: shared, ...(port === undefined ? {} : { port }) },
  destination: { address: peer, port: 443 },
  blocked: false,
  ...more,
});

test('a port of the shared address is of the guest that has it in a block, a forward or for itself', async () => {
  const who = async (alert: IdsAlert) => (await finder().find(alert, now)).source?.guest;
  assert.equal(await who(fromShared(20_000)), 'web1');
  assert.equal(await who(fromShared(20_099)), 'web1');
  assert.equal(await who(fromShared(20_100)), undefined);
  assert.equal(await who(fromShared(30_050)), 'web1');
  assert.equal(await who(fromShared(5065)), 'sip1');
  assert.equal(await who(fromShared(53)), undefined);
  assert.equal(await who(fromShared(53, { protocol: 'udp' })), 'dns1');
});

test('an old alert is asked of the trace, for the port may have been of another guest', async () => {
  const questions: object[] = [];
  const parties = await finder(async (question) => {
    questions.push(question);
    return 'gone1';
  }).find(fromShared(20_000, { at: now - 3_600_000 }), now);
  assert.equal(parties.source?.guest, 'gone1');
  assert.deepEqual(questions, [
    {
      address: shared,
      port: 20_000,
      at: '2026-11-22T11:00:00.000Z',
      within: '10s',
      protocol: 'tcp',
      peer,
    },
  ]);
});

test('a trace that fails leaves the alert without a guest', async () => {
  const parties = await finder(() => Promise.reject(new Error('the disk is gone'))).find(fromShared(undefined), now);
  assert.deepEqual(parties, {});
});

test('a flood without ports asks the trace one after the other, each only once, and a hundred at most wait', async () => {
  let [running, most, asked] = [0, 0, 0];
  const slow: AskTrace = async () => {
    asked += 1;
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return 'web1';
  };
  const parties = finder(slow);
  const from = (n: number): IdsAlert =>
    fromShared(undefined, { protocol: 'icmp', destination: { address: parseIp(`198.51.${n >> 8}.${n & 255}`) } });
  const found = await Promise.all(Array.from({ length: 1000 }, (_, n) => parties.find(from(n), now)));
  assert.deepEqual([most, asked], [1, 100]);
  assert.equal(found.filter(({ source }) => source?.guest === 'web1').length, 100);
  await Promise.all(Array.from({ length: 50 }, () => parties.find(from(0), now)));
  await Promise.all(Array.from({ length: 50 }, () => parties.find(from(2000), now)));
  assert.equal(asked, 101);
});
