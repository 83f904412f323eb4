import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkLocal, parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { type Holder, listFrames } from '../kernel/guard-frames.ts';
import { allAttacks } from './catalogue/list.ts';
import { readFrame } from './frame.ts';
import { type Facts, judgeAtUplink, judgeOnSegment } from './judge.ts';

const holder = (mac: string, ipv4: string, ipv6: string): Holder => ({
  mac: parseMacAddress(mac),
  ipv4: parseIpv4(ipv4),
  ipv6: parseIpv6(ipv6),
});
const me = holder('02:1a:3f:00:00:01', '10.77.10.2', 'fd00:77:10::2');
const victim = holder('02:1a:3f:00:00:02', '10.77.10.3', 'fd00:77:10::3');
const facts: Facts = {
  holders: new Map([me, victim].map(({ mac, ipv4, ipv6 }) => [mac as string, [ipv4, ipv6, linkLocal(mac)]])),
  gatewayMac: '02:00:00:00:00:01',
  gatewayIps: ['10.77.10.1'],
  uplinkMac: '02:00:00:00:00:02',
  worldMac: '02:00:00:00:00:03',
  portMacs: [],
  sharedIps: ['203.0.113.10'],
};
const { good, bad } = listFrames(me, victim, parseIpv4('203.0.113.10'));

const judge = (data: Buffer): string | undefined => {
  const frame = readFrame(data);
  return frame ? judgeOnSegment(frame, facts, false) : 'too short';
};

test('frames that the guard is to let pass contradict nothing', () => {
  assert.deepEqual(
    good.flatMap(({ name, frame }) => (judge(frame) === undefined ? [] : [`${name}: ${judge(frame)}`])),
    [],
  );
});

test('frames that the guard is to drop contradict the registry, but for those that are another guest in everything', () => {
  const unseen = bad.filter(({ frame }) => judge(frame) === undefined).map(({ name }) => name);
  // Attacks of this kind hold a marker.
  assert.deepEqual(unseen, ["the neighbour's MAC and IPv4"]);
});

test('whatever leaves by the uplink with an inner address contradicts the registry', () => {
  for (const { name, frame } of good) {
    const read = readFrame(frame);
    assert.ok(read && judgeAtUplink(read, facts) !== undefined, name);
  }
});

test('every attack has a name that a guest can have, and says by what it is known', () => {
  assert.equal(new Set(allAttacks.map(({ name }) => name)).size, allAttacks.length);
  for (const { name, knownBy, command, scapy } of allAttacks) {
    assert.match(name, /^[a-z][a-z0-9-]{1,30}$/);
    assert.ok(knownBy.length > 0 && (command === undefined) !== (scapy === undefined), name);
  }
});
