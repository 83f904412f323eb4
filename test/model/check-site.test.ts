import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError, type Mistake } from '../../src/errors/app-error.ts';
import { nearestName } from '../../src/model/nearest-name.ts';
import { parseSite } from '../../src/model/parse-site.ts';

function mistakesIn(input: object): Mistake[] {
  try {
    return parseSite(JSON.stringify(input)).warnings;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.mistakes;
  }
}

const lab = {
  site: 'lab',
  uplink: { interface: 'eth0', shared: ['203.0.113.10'] },
  pools: [{ name: 'p', range: '02:00:00:00:00:00/24' }],
};

const range = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.nat(12))
  .map(([first, more]) => [first, first + more] as const);
const render = ([first, last]: readonly [number, number]) => (first === last ? first : `${first}-${last}`);
const meet = (a: readonly [number, number], b: readonly [number, number]) => a[0] <= b[1] && b[0] <= a[1];

describe('a site', () => {
  test('is refused exactly when two holders of one port meet, as comparing every pair says', () => {
    const forward = fc.record({ range, protocol: fc.constantFrom('tcp', 'udp') });
    fc.assert(
      fc.property(fc.array(forward, { maxLength: 6 }), fc.array(range, { maxLength: 3 }), (forwards, ports) => {
        const guests: object[] = [{ name: 'w', nics: [{ segment: 'dev' }] }];
        if (ports.length > 0) {
          guests.push({ name: 's', share: 'same-address', ports: ports.map(render), nics: [{ segment: 'dev' }] });
        }
        const mistakes = mistakesIn({
          ...lab,
          segments: [{ name: 'dev', subnet: '10.0.0.0/24' }],
          guests,
          forwards: forwards.map((entry) => ({ port: render(entry.range), protocol: entry.protocol, to: 'w:80' })),
        });
        const holders = [
          ...forwards.map((entry) => ({ range: entry.range, protocols: [entry.protocol] })),
          ...ports.map((own) => ({ range: own, protocols: ['tcp', 'udp'] })),
        ];
        const clash = holders.some((a, i) =>
          holders.some(
            (b, j) => j < i && meet(a.range, b.range) && a.protocols.some((one) => b.protocols.includes(one)),
          ),
        );
        assert.equal(mistakes.length > 0, clash, JSON.stringify(mistakes));
      }),
      { numRuns: 500 },
    );
  });

  test('is refused exactly when pools that are no parts of each other meet, or a part leaves its pool', () => {
    const mac = (n: number) => `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
    // Most parents stand before, so that there are trees and not only cycles.
    const pool = fc.record({ range, parent: fc.option(fc.nat(5), { nil: undefined, freq: 3 }) });
    fc.assert(
      fc.property(fc.array(pool, { minLength: 1, maxLength: 6 }), (drawn) => {
        const pools = drawn.map(({ range: [first, last], parent }) => ({
          first,
          last,
          parent: parent === undefined || parent >= drawn.length ? undefined : parent,
        }));
        const mistakes = mistakesIn({
          site: 'lab',
          pools: pools.map(({ first, last, parent }, i) => ({
            name: `p${i}`,
            range: `${mac(first)}-${mac(last)}`,
            ...(parent === undefined ? {} : { parent: `p${parent}` }),
          })),
        });
        const above = (i: number, seen = new Set<number>()): Set<number> => {
          const parent = pools[i]?.parent;
          if (parent === undefined || seen.has(parent)) return seen;
          return above(parent, seen.add(parent));
        };
        const cycle = pools.some((_, i) => above(i).has(i));
        const outside = pools.some(({ first, last, parent }) => {
          const whole = parent === undefined ? undefined : pools[parent];
          return whole !== undefined && (first < whole.first || last > whole.last);
        });
        const clash = pools.some((a, i) =>
          pools.some((b, j) => j < i && a.first <= b.last && b.first <= a.last && !above(i).has(j) && !above(j).has(i)),
        );
        assert.equal(mistakes.length > 0, cycle || outside || clash, JSON.stringify(mistakes));
      }),
      { numRuns: 2000 },
    );
  });

  test('is refused exactly when two subnets meet, as comparing every pair says', () => {
    // Networks within 10.0.0.0/24, so that they meet often.
    const network = fc.tuple(fc.integer({ min: 25, max: 30 }), fc.nat(255)).map(([prefix, octet]) => {
      const size = 2 ** (32 - prefix);
      return { prefix, first: octet - (octet % size), last: octet - (octet % size) + size - 1 };
    });
    fc.assert(
      fc.property(fc.array(network, { maxLength: 7 }), (networks) => {
        const segments = networks.map(({ prefix, first }, i) => ({
          name: `s${i}`,
          subnet: `10.0.0.${first}/${prefix}`,
        }));
        // In the order of their first addresses, each that meets one before it is a mistake.
        const sorted = networks.toSorted((one, other) => one.first - other.first);
        const clashes = sorted.filter((a, i) => sorted.some((b, j) => j < i && a.first <= b.last && b.first <= a.last));
        const mistakes = mistakesIn({ ...lab, segments });
        assert.equal(mistakes.length, clashes.length);
        assert.ok(mistakes.every(({ message }) => message.includes('overlaps')));
      }),
      { numRuns: 500 },
    );
  });

  test('says how large a port block fits, and that one does fit while one more does not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.integer({ min: 1024, max: 32_767 }), { maxLength: 20 }),
        (count, taken) => {
          const site = (portBlock: number) => ({
            ...lab,
            segments: [{ name: 'dev', subnet: '10.0.0.0/16' }],
            guests: Array.from({ length: count }, (_, i) => ({ name: `g${i}`, nics: [{ segment: 'dev' }] })),
            forwards: [...new Set(taken)].map((port) => ({ port, to: 'g0:80' })),
            limits: { sessionsPerGuest: 1, portBlock },
          });
          const [mistake] = mistakesIn(site(64_512));
          const best = Number(/blocks of (\d+) ports would fit/.exec(mistake?.message ?? '')?.[1]);
          assert.deepEqual(mistakesIn(site(best)), []);
          assert.match(mistakesIn(site(best + 1))[0]?.message ?? '', /source ports each/);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has no second mistake for references to what could not be read', () => {
    const mistakes = mistakesIn({
      ...lab,
      segments: [{ name: 'dev', subnet: '10.0.0/24' }],
      guests: [{ name: 'w', nics: [{ segment: 'dev', mac: 'x' }] }],
      forwards: [{ port: 80, to: 'w:80' }],
      policies: [{ from: 'w', to: 'dev', action: 'deny' }],
    });
    assert.deepEqual(
      mistakes.map(({ path }) => path),
      ['segments[0].subnet', 'guests[0].nics[0].mac'],
    );
  });

  test('may speak of a security group of its own segment, and warns of a MAC that nobody declares', () => {
    const site = (mac: string) => ({
      ...lab,
      segments: [{ name: 'dev', subnet: '10.0.0.0/24' }],
      guests: [{ name: 'w', nics: [{ segment: 'dev', mac: '02:00:00:00:00:01' }] }],
      policies: [{ action: 'allow', macAddress: mac, ipRange: '10.0.0.0/24' }],
    });
    assert.deepEqual(mistakesIn(site('02:00:00:00:00:01')), []);
    const [warning, ...rest] = mistakesIn(site('02:00:00:00:00:02'));
    assert.deepEqual([warning?.severity, warning?.path, rest], ['warning', 'policies[0].macAddress', []]);
    assert.ok(warning?.line === 1 && (warning.column ?? 0) > 1, 'warnings have places too');
  });
});

describe('the nearest name', () => {
  test('is what was most likely meant, or nothing', () => {
    const names = ['web1', 'web2', 'database', 'segments', 'dhcp'];
    assert.equal(nearestName('wbe1', names), 'web1');
    assert.equal(nearestName('segmnets', names), 'segments');
    assert.equal(nearestName('DHCP', names), 'dhcp');
    assert.equal(nearestName('frobnicate', names), undefined);
    assert.equal(nearestName('', names), undefined);
    assert.equal(nearestName('x'.repeat(100_000), names), undefined);
  });

  test('is found after one typing error in a name of four letters or more', () => {
    const name = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(name, fc.nat(11), fc.stringMatching(/^[a-z]$/), (right, at, letter) => {
        const place = at % right.length;
        const wrong = right.slice(0, place) + letter + right.slice(place + 1);
        assert.equal(nearestName(wrong, ['zzzzzzzzzzzzzzzzzzzz', right]), right);
      }),
    );
  });
});
