import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { renderStatus } from '../../src/cli/render-status.ts';
import type { EngineStatus } from '../../src/client/client.ts';

const sentence = fc.string({ maxLength: 300, unit: fc.constantFrom(...'abc \n\r\t\u001b[é') });
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 400, size: 'max' });

const anyStatus: fc.Arbitrary<EngineStatus> = fc.record(
  {
    site: fc.string({ minLength: 1, maxLength: 63 }),
    revision: fc.nat(),
    driver: fc.constantFrom('linux', 'none'),
    capabilities: fc.record({
      gateway: fc.boolean(),
      flowtable: fc.boolean(),
      bridgeMeta: fc.boolean(),
      ctTimeout: fc.boolean(),
      socketMatch: fc.boolean(),
      frameSamples: fc.boolean(),
      wire: fc.boolean(),
      sessions: fc.boolean(),
      missing: list(sentence),
    }),
    confirmBy: fc.nat({ max: 4e12 }),
    segments: list(fc.record({ name: sentence, bridge: sentence, subnet: sentence, nics: fc.nat() })),
    guests: fc.nat(),
    nics: fc.record({ total: fc.nat(), attached: fc.nat(), waiting: fc.nat() }),
    forwards: fc.nat(),
    policies: fc.nat(),
    sessionTable: fc.record({ count: fc.nat(), max: fc.nat() }),
    drift: list(sentence),
    lastRepair: fc.record({ at: fc.nat({ max: 4e12 }), text: sentence }),
    services: list(fc.record({ name: sentence, state: fc.constantFrom('running', 'stopped', 'absent') })),
    warnings: list(sentence),
    alerts: fc.record({ firing: fc.nat(), critical: fc.nat(), acknowledged: fc.nat() }),
    recorder: fc.record(
      {
        mode: fc.constantFrom('full', 'blocks', 'off'),
        running: fc.boolean(),
        since: fc.nat({ max: 4e12 }),
        begun: fc.nat(),
        ended: fc.nat(),
        lostEvents: fc.nat(),
        resynchronised: fc.nat(),
        foundBegun: fc.nat(),
        foundEnded: fc.nat(),
        log: fc.record({ bytes: fc.nat({ max: 1e15 }), written: fc.nat(), open: fc.nat(), lost: fc.nat() }),
        lastError: sentence,
      },
      {
        requiredKeys: ['mode', 'running', 'begun', 'ended', 'lostEvents', 'resynchronised', 'foundBegun', 'foundEnded'],
      },
    ),
  },
  {
    requiredKeys: [
      'driver',
      'capabilities',
      'segments',
      'guests',
      'nics',
      'forwards',
      'policies',
      'drift',
      'services',
      'warnings',
      'alerts',
    ],
  },
);

test('status fits on a screen of 80 columns and 24 lines, whatever the site', () => {
  fc.assert(
    fc.property(anyStatus, (status) => {
      const lines = renderStatus(status);
      assert.ok(lines.length < 24, `${lines.length} lines`);
      for (const line of lines) {
        assert.ok(line.length <= 80 && !line.includes('\n'), line);
      }
    }),
    { numRuns: 200 },
  );
});

test('what does not fit is counted, not left out silently', () => {
  const drift = Array.from({ length: 9 }, (_, index) => `thing ${index} is gone`);
  const segments = Array.from({ length: 30 }, (_, index) => ({ name: `s${index}`, bridge: 'b', subnet: 'n', nics: 1 }));
  const lines = renderStatus({
    site: 'big',
    revision: 7,
    driver: 'linux',
    capabilities: {
      gateway: true,
      flowtable: true,
      bridgeMeta: true,
      ctTimeout: true,
      socketMatch: true,
      frameSamples: true,
      wire: true,
      sessions: true,
      missing: [],
    },
    segments,
    guests: 1,
    nics: { total: 30, attached: 29, waiting: 1 },
    forwards: 0,
    policies: 0,
    drift,
    alerts: { firing: 3, critical: 1, acknowledged: 0 },
    services: [
      { name: 'dnsmasq-s1', state: 'running' },
      { name: 'dnsmasq-s2', state: 'stopped' },
    ],
    warnings: [],
  });
  const text = lines.join('\n');
  assert.match(text, /9 thing\(s\) on the host are not as declared/);
  assert.match(text, /… and 8 more/);
  assert.match(text, /… and 27 more/);
  assert.match(text, /1 of 2 running, dnsmasq-s2 is stopped/);
});

test('status tells of the recorder what it records, and first of all what was lost', () => {
  const status = fc.sample(anyStatus, 1)[0] as EngineStatus;
  const seen = (recorder: EngineStatus['recorder']): string => {
    const gateway = { ...status.capabilities, gateway: true };
    const lines = renderStatus({ ...status, capabilities: gateway, ...(recorder ? { recorder } : {}) });
    return lines.find((line) => line.startsWith('recorder')) ?? '';
  };
  const counts = { begun: 0, ended: 0, resynchronised: 1, foundBegun: 0, foundEnded: 0 };
  const log = { bytes: 1_530_000_000, written: 10, open: 1234, lost: 0 };
  const recording = { mode: 'full', running: true, since: 0, lostEvents: 0, log, ...counts } as const;
  assert.match(seen(recording), /^recorder {2}1,234 open, 1\.5 GB on disk, no gap since \d{4}-/);
  assert.match(seen({ ...recording, lostEvents: 5000 }), /^recorder {2}5,000 LOST, 1,234 open/);
  const full = { ...recording, log: { ...recording.log, lost: 7000 } };
  assert.match(seen(full), /^recorder {2}7,000 NOT WRITTEN, 1,234 open/);
  const off = { mode: 'blocks', running: false, lostEvents: 0, ...counts } as const;
  assert.equal(seen(off), 'recorder  nothing is recorded (mode blocks)');
  assert.equal(seen({ ...off, lastError: 'no memory' }), 'recorder  nothing is recorded (mode blocks): no memory');
});
