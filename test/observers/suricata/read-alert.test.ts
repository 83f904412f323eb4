import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readAlert } from '../../../src/observers/suricata/read-alert.ts';
import { tellAlert } from '../../../src/observers/suricata/tell-alert.ts';

/** What Suricata 7.0.10 wrote of a capture: see README.md. */
const lines = readFileSync(new URL('eve.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const read = (text: string) => readAlert(Buffer.from(text));
const alertOf = (more: object): string => JSON.stringify({ event_type: 'alert', alert: { signature_id: 1 }, ...more });

test('of what Suricata wrote, the alerts are read, and nothing else', () => {
  const alerts = lines.flatMap((line) => read(line) ?? []);
  assert.equal(alerts.length, lines.filter((line) => JSON.parse(line).event_type === 'alert').length);
  const bySid = new Map(alerts.map((alert) => [alert.sid, alert]));
  const { at, ...rogue } = bySid.get('sid:1947700') ?? assert.fail('the rogue server is not there');
  assert.equal(new Date(at ?? 0).toISOString(), '2026-09-21T14:13:21.000Z');
  assert.deepEqual(rogue, {
    sid: 'sid:1947700',
    signature: 'BRIDGEKEEPER unknown DHCP server at the uplink',
    category: 'Potentially Bad Traffic',
    priority: 1,
    protocol: 'udp',
    source: { address: '203.0.113.66', port: 67, mac: '02:66:66:66:66:66' },
    destination: { address: '255.255.255.255', port: 68, mac: 'ff:ff:ff:ff:ff:ff' },
    blocked: false,
  });
  // Suricata writes IPv6 addresses in full.
  assert.equal(bySid.get('sid:1947711')?.destination.address, '2001:db8::10');
  // Of a frame without addresses only the MAC addresses are known.
  assert.deepEqual(bySid.get('sid:1947722')?.source, { mac: '02:66:66:66:66:66' });
});

test('the shipped rules fire on what they are for', () => {
  const sids = new Set(lines.map((line) => JSON.parse(line).alert?.signature_id));
  const rules = readFileSync(new URL('../../../packaging/suricata/bridgekeeper.rules', import.meta.url), 'utf8');
  const shipped = [...rules.matchAll(/; sid:(\d+);/g)].map(([, sid]) => Number(sid));
  // Nobody has made a packet yet whose DHCP options Suricata calls malformed rather than truncated.
  assert.deepEqual(
    shipped.filter((sid) => !sids.has(sid)),
    [1947703],
  );
});

test('rubbish is no alert', () => {
  for (const text of [
    '',
    '{',
    '"alert"',
    'null "alert"',
    '[{"event_type":"alert"}]',
    '{"event_type":"alert"}',
    '{"event_type":"alert","alert":[]}',
    '{"event_type":"alert","alert":{"signature_id":"1"}}',
    '{"event_type":"alert","alert":{"signature_id":-1}}',
    '{"event_type":"alert","alert":{"signature_id":1e99}}',
    '{"event_type":"flow","alert":{"signature_id":1}}',
    `${'['.repeat(100_000)}"alert"`,
  ])
    assert.equal(read(text), undefined, text.slice(0, 80));
});

test('fields that cannot be are left out, and the alert is told all the same', () => {
  const odd = read(
    alertOf({
      src_ip: '1.2.3.4; reboot',
      src_port: 70_000,
      dest_ip: {},
      proto: 7,
      timestamp: 'soon',
      ether: { src_mac: 'x' },
    }),
  );
  assert.deepEqual(odd, {
    sid: 'sid:1',
    signature: 'a rule without a name',
    priority: 3,
    source: {},
    destination: {},
    blocked: false,
  });
});

test('text that could move a cursor, break a line or fill the screen is made harmless', () => {
  const signature = `\u001b[2J\r\nINFO all is well\u202e\ud800\u0000${'x'.repeat(200_000)}`;
  const alert = read(alertOf({ alert: { signature_id: 1, signature, category: '\u0007'.repeat(9) } }));
  const { text, seen } = tellAlert(alert ?? assert.fail(), {}, { now: 0, ours: 'eth0' });
  assert.doesNotMatch(`${text}${seen}`, /[\p{C}\p{Zl}\p{Zp}]/u);
  assert.ok(text.length < 300, text);
  assert.match(text, /^Suricata: "\?\[2J\?INFO all is well\?x+…" \(sid:1\)/);
});

test('a guest that only receives is told as a target, so that a rule can leave it alone', () => {
  const alert =
    read(alertOf({ src_ip: '198.51.100.7', dest_ip: '10.0.0.2', alert: { signature_id: 9 } })) ?? assert.fail();
  const guest = { guest: 'web1', owner: 'team-a' };
  const told = (source?: object, destination?: object) =>
    tellAlert(alert, { ...(source && { source }), ...(destination && { destination }) }, { now: 5, ours: 'eth0' });
  assert.deepEqual([told(guest).subject, told(guest).detail], [guest, 'sid:9']);
  assert.deepEqual([told(undefined, guest).subject, told(undefined, guest).detail], [guest, 'sid:9:target']);
  assert.deepEqual([told().subject, told().detail], [{ object: 'eth0' }, 'sid:9']);
});

test('a rule that says which side attacks is believed', () => {
  const fields = { src_ip: '10.0.0.2', dest_ip: '198.51.100.7' };
  const alert =
    read(alertOf({ ...fields, alert: { signature_id: 9, source: { ip: '198.51.100.7' } } })) ?? assert.fail();
  assert.equal(alert.attacker, 'destination');
  const { detail } = tellAlert(alert, { source: { guest: 'web1' } }, { now: 5, ours: 'eth0' });
  assert.equal(detail, 'sid:9:target');
});

test('a time of the future or of long ago is told, not taken', () => {
  const now = Date.parse('2026-11-22T08:00:00Z');
  const at = (timestamp: string) => tellAlert(read(alertOf({ timestamp })) ?? assert.fail(), {}, { now, ours: 'eth0' });
  assert.equal(at('2026-11-22T08:59:50.5+0100').at, now - 9_500);
  assert.equal(at('2031-01-01T00:00:00+0000').at, now);
  assert.match(at('2031-01-01T00:00:00+0000').seen ?? '', /at 2031-01-01T00:00:00.000Z by the sensor's clock/);
});
