import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/errors/app-error.ts';
import { defaultBridgeName, defaultPortName } from '../../src/model/default-names.ts';
import { parseSite } from '../../src/model/parse-site.ts';

/** Every string of an accepted site is one of these: one word for nftables and for dnsmasq, and no option. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const safe = [
  label,
  /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/, // domain
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, // interface
  /^[0-9a-f]{2}(:[0-9a-f]{2}){5}(\/\d{1,2}|-[0-9a-f]{2}(:[0-9a-f]{2}){5})?$/, // MAC, MAC range
  /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/, // IPv4
  /^[0-9a-f:]{2,39}(\/\d{1,3})?$/, // IPv6
];

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

/** What an attacker would write: syntax of nftables, dnsmasq, shells, YAML and terminals, around good values. */
const evil = fc.constantFrom(
  ...[
    '; flush ruleset',
    '\nflush ruleset',
    ' }',
    '"',
    '\\',
    '$(reboot)',
    '`',
    '*',
    '+',
    '@set',
    '-',
    '.',
    '..',
    '/',
    '\u0000',
  ],
  ...[
    ',10.0.0.1',
    '\naddress=/#/6.6.6.6',
    '=',
    '#',
    ' ',
    '\t',
    '\r',
    '\u202e',
    '\u001b[2J',
    '%s',
    'tag:',
    'set:',
    '!',
    '|',
    '&',
  ],
);
const around = (good: string[]) =>
  fc.oneof(
    { weight: 80, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...good), evil).map(([a, b]) => a + b) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...good), evil).map(([a, b]) => b + a) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  );

const site = fc.record({
  site: around(['lab', 'x-1']),
  uplink: fc.record({
    interface: around(['eth0', 'br-lan.100', 'wlp0s20f3', '_x']),
    shared: fc.oneof(
      fc.constant(['203.0.113.10']),
      fc.tuple(fc.constant('203.0.113.10'), around(['2001:db8::10', '2001:DB8:0::10'])),
    ),
  }),
  pools: fc.tuple(
    fc.record({
      name: around(['default', 'p2']),
      range: around(['02:1A:3F:00:00:00/24', '0a:00:00:00:00:00-0a:00:00:00:ff:ff']),
    }),
  ),
  segments: fc.tuple(
    fc.record(
      {
        name: fc.constantFrom('dev'),
        subnet: around(['10.77.10.0/24']),
        subnet6: around(['fd00:77:10::/64', 'FD00:0:0::/64']),
        domain: around(['dev.example', 'x']),
        bridge: around(['br0', 'bk-dev']),
      },
      { requiredKeys: ['name', 'subnet'] },
    ),
  ),
  guests: fc.tuple(
    fc.record(
      {
        name: fc.constantFrom('web1', 'w'.repeat(63)),
        owner: around(['team-a', '7']),
        nics: fc.tuple(
          fc.record(
            {
              segment: fc.constant('dev'),
              mac: around(['02-1A-3F-00-10-01']),
              ip: around(['10.77.10.20']),
              port: around(['tap0', 'vnet1.2']),
            },
            { requiredKeys: ['segment'] },
          ),
        ),
      },
      { requiredKeys: ['name', 'nics'] },
    ),
  ),
  policies: fc.array(
    fc.record({
      from: around(['dev', '10.77.10.9']),
      to: around(['world', 'host', '192.0.2.0/24', '198.51.100.7']),
      action: fc.constantFrom('allow', 'deny'),
    }),
    { maxLength: 2 },
  ),
});

describe('nothing that a site file says can be taken for syntax', () => {
  test('because every string of an accepted site is a plain word', () => {
    let accepted = 0;
    fc.assert(
      fc.property(site, (input) => {
        try {
          const parsed = parseSite(JSON.stringify(input));
          accepted += 1;
          for (const text of stringsIn(parsed.site)) {
            assert.ok(
              safe.some((pattern) => pattern.test(text)),
              JSON.stringify(text),
            );
          }
          const interfaces = [
            parsed.site.uplink?.interface,
            parsed.site.segments[0]?.bridge,
            parsed.site.guests[0]?.nics[0]?.port,
          ];
          for (const name of interfaces) assert.ok(!['.', '..', 'all', 'default', 'lo'].includes(name ?? ''), name);
          const [guest] = parsed.site.guests;
          assert.match(defaultBridgeName(parsed.site.segments[0]?.name ?? ''), /^[A-Za-z0-9_.-]{1,15}$/);
          assert.match(defaultPortName(guest?.name ?? '', 0), /^[A-Za-z0-9_.-]{1,15}$/);
        } catch (error) {
          assert.ok(error instanceof AppError, String(error));
        }
      }),
      { numRuns: 2_000 },
    );
    assert.ok(accepted > 200, `only ${accepted} of 2000 sites were accepted, so little was looked at`);
  });

  test('because a single foreign character anywhere in a name is refused', () => {
    const foreign = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      .filter((character) => !/[a-z0-9-]/.test(character));
    fc.assert(
      fc.property(foreign, fc.nat(3), (character, at) => {
        const name = `abc`.slice(0, at) + character + `abc`.slice(at);
        for (const [key, value] of Object.entries({ site: name, guest: name, owner: name })) {
          const guest = {
            name: key === 'guest' ? value : 'g',
            owner: key === 'owner' ? value : 'o',
            nics: [{ segment: 'dev' }],
          };
          const input = {
            site: key === 'site' ? value : 'lab',
            uplink: { interface: 'eth0', shared: ['203.0.113.10'] },
            pools: [{ name: 'p', range: '02:00:00:00:00:00/24' }],
            segments: [{ name: 'dev', subnet: '10.0.0.0/24' }],
            guests: [guest],
          };
          assert.throws(() => parseSite(JSON.stringify(input)), AppError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
