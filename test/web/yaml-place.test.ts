import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { yamlPlaceAt } from '../../web/src/views/site/yaml-place.ts';

/** The place of `|` in a text. */
function placeOf(marked: string) {
  const position = marked.indexOf('|');
  return yamlPlaceAt(marked.slice(0, position) + marked.slice(position + 1), position);
}

const wayTo = (marked: string): string => placeOf(marked).path.join('.');

test('a key at the left margin belongs to the site itself and knows the other keys', () => {
  const place = placeOf('site: lab\nguests: []\nfor|\nlimits: {}\n');
  deepEqual(place.path, []);
  equal(place.word, 'for');
  equal(place.kind, 'either');
  deepEqual([...place.siblings].sort(), ['guests', 'limits', 'site']);
});

test('the value behind a key is found, also of an entry in a list', () => {
  equal(wayTo('site: la|'), 'site');
  equal(placeOf('site: la|').kind, 'value');
  equal(wayTo('segments:\n  - name: dev\n    subnet: 10.|'), 'segments.0.subnet');
  equal(wayTo('segments:\n  - name: dev\n  - name: x\n    dhcp:\n      lease: |'), 'segments.1.dhcp.lease');
  equal(wayTo('segments:\n- name: dev\n- name: |'), 'segments.1.name');
});

test('an empty line belongs to the mapping of its column', () => {
  const place = placeOf('segments:\n  - name: dev\n    subnet: 10.0.0.0/24\n    |\n    mtu: 1500\nguests: []\n');
  deepEqual(place.path, ['segments', 0]);
  deepEqual(place.siblings, ['name', 'subnet', 'mtu']);
  equal(wayTo('limits:\n  |'), 'limits');
  equal(wayTo('segments:\n  - |'), 'segments.0');
  equal(wayTo('segments:\n  - name: dev\n    dhcp:\n      |'), 'segments.0.dhcp');
  equal(wayTo('guests:\n  - name: a\n    nics:\n      - segment: dev\n      - |'), 'guests.0.nics.1');
});

test('braces and brackets are read, over several lines and with quotes and comments in them', () => {
  const place = placeOf('guests:\n  - {name: "a: {", nics: [{segment: dev}, {seg|');
  deepEqual(place.path, ['guests', 0, 'nics', 1]);
  equal(place.kind, 'key');
  equal(place.word, 'seg');
  const value = placeOf('forwards:\n  - {port: 80, # }\n     to: "web1:80", protocol: |');
  deepEqual(value.path, ['forwards', 0, 'protocol']);
  equal(value.kind, 'value');
  deepEqual(placeOf('forwards:\n  - {port: 80, to: web1:80, |').siblings, ['port', 'to']);
  equal(wayTo('uplink:\n  interface: eth0\n  shared: [203.0.113.10, |'), 'uplink.shared.1');
  equal(wayTo('guests:\n  - {name: a,\n     nics: [{segment: dev}]}\n  - {na|'), 'guests.1');
});

test('text in blocks, comments and quotes is no structure', () => {
  equal(wayTo('site: |-\n  guests:\n  a'.replace('|-', '>-').concat('|')), 'site');
  equal(wayTo('# guests:\nlimits:\n  # - x\n  sessions: 5|'), 'limits.sessions');
  equal(wayTo('policies:\n  - name: "a#b: c"\n    action: |'), 'policies.0.action');
});

test('no text makes it throw, cut wherever it is', () => {
  const text = 'a: [b, {c: "d\\"", e: \'f\'}]\n- - x:\n    ? y\n}]\n\t- {\nq: |\n  z\n"k": &a *a !t <<: {[\n';
  for (let position = 0; position <= text.length; position += 1) yamlPlaceAt(text, position);
});
