import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/errors/app-error.ts';
import {
  ipv4FromInteger,
  ipv4ToInteger,
  ipv6FromInteger,
  ipv6ToInteger,
  linkLocal,
  parseIpv4,
  parseIpv6,
} from '../../src/model/ip-address.ts';
import { isMulticast, macFromInteger, macToInteger, parseMacAddress, quadrant } from '../../src/model/mac-address.ts';
import { macRangeHolds, macRangeSize, parseMacRange } from '../../src/model/mac-range.ts';
import { parseDomainName, parseInterfaceName, parseLabel } from '../../src/model/names.ts';
import { parsePeerText, parsePolicyPort, parseTarget } from '../../src/model/policy-text.ts';
import { parsePortRange, renderPortRange } from '../../src/model/port-range.ts';
import { parseDuration, parseRate, parseSize, renderDuration, renderRate } from '../../src/model/quantity.ts';
import { quoteValue } from '../../src/model/quote-value.ts';
import { parseIpv4Subnet, parseIpv6Subnet, parseSubnet, subnetHolds } from '../../src/model/subnet.ts';

const mac = fc.nat(2 ** 48 - 1);
const ipv4 = fc.nat(2 ** 32 - 1);
const ipv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });

const accepts = (parse: () => unknown): boolean => {
  try {
    parse();
    return true;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'value-invalid');
    return false;
  }
};

describe('values', () => {
  test('come back from their text as they were', () => {
    fc.assert(
      fc.property(
        mac,
        (value) => macToInteger(parseMacAddress(macFromInteger(value).toUpperCase().replaceAll(':', '-'))) === value,
      ),
    );
    fc.assert(fc.property(ipv4, (value) => ipv4ToInteger(parseIpv4(ipv4FromInteger(value))) === value));
    fc.assert(fc.property(ipv6, (value) => ipv6ToInteger(parseIpv6(ipv6FromInteger(value))) === value));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), fc.nat(65_535), (first, more) => {
        const range = { first, last: Math.min(65_535, first + more) };
        assert.deepEqual(parsePortRange(renderPortRange(range)), range);
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 29 }),
        (seconds) => parseDuration(renderDuration(seconds)) === seconds,
      ),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        fc.constantFrom('second', 'minute', 'hour', 'day'),
        (count, per) => {
          assert.equal(renderRate(parseRate(`${count}/${per}`)), `${count}/${per}`);
        },
      ),
    );
  });

  test('sizes are bytes by powers of ten, of 16 MB at least', () => {
    assert.equal(parseSize('16MB'), 16_000_000);
    assert.equal(parseSize('20GB'), 20_000_000_000);
    assert.equal(parseSize('2TB'), 2_000_000_000_000);
    for (const text of ['15MB', '0GB', '20', '20 GB', '20GiB', '1.5GB', '-1GB', '10000000GB']) {
      assert.equal(
        accepts(() => parseSize(text)),
        false,
        text,
      );
    }
  });

  test('are refused with a sentence and nothing else, whatever the text', () => {
    const parsers = [
      ...[parseMacAddress, parseMacRange, parseIpv4, parseIpv6, parseIpv4Subnet, parseIpv6Subnet, parseSubnet],
      ...[parseLabel, parseInterfaceName, parseDomainName, parsePortRange, parseDuration, parseRate, parseSize],
      ...[parsePeerText, parsePolicyPort, parseTarget],
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.stringMatching(/^[0-9a-f:./-]{0,24}$/),
      fc.constantFrom(
        '',
        '0',
        '::',
        '0.0.0.0/0',
        '::/0',
        '1-',
        '/',
        ':',
        '02:00:00:00:00:00/48',
        '65536',
        '0s',
        '1/day',
      ),
    );
    fc.assert(
      fc.property(text, (value) => {
        for (const parse of parsers) accepts(() => parse(value));
      }),
      { numRuns: 3_000 },
    );
  });

  test('are shown without anything that moves a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
        assert.doesNotMatch(quoteValue(value), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
        assert.ok(quoteValue(value).length <= 700);
      }),
    );
  });
});

describe('a MAC range', () => {
  test('by prefix is accepted exactly when it is aligned, unicast, and outside the reserved quadrant', () => {
    fc.assert(
      fc.property(mac, fc.integer({ min: 8, max: 48 }), fc.boolean(), (value, prefix, align) => {
        const size = 2 ** (48 - prefix);
        const first = align ? value - (value % size) : value;
        const address = macFromInteger(first);
        const expected = first % size === 0 && !isMulticast(address) && quadrant(address) !== 'reserved';
        assert.equal(
          accepts(() => parseMacRange(`${address}/${prefix}`)),
          expected,
        );
      }),
    );
  });

  test('by its ends is accepted exactly when every address in it is a unicast address of one quadrant', () => {
    // Octets decide, so a naive look at each first octet is an oracle for all addresses.
    fc.assert(
      fc.property(mac, fc.oneof(fc.nat(1000), fc.nat(2 ** 41)), (first, more) => {
        const last = Math.min(2 ** 48 - 1, first + more);
        const kinds = new Set<string>();
        for (let octet = Math.floor(first / 2 ** 40); octet <= Math.floor(last / 2 ** 40); octet++) {
          const sample = macFromInteger(octet * 2 ** 40);
          kinds.add(isMulticast(sample) ? 'multicast' : quadrant(sample));
        }
        const expected = kinds.size === 1 && !kinds.has('multicast') && !kinds.has('reserved');
        const text = `${macFromInteger(first)}-${macFromInteger(last)}`;
        assert.equal(
          accepts(() => parseMacRange(text)),
          expected,
          text,
        );
        if (!expected) return;
        const range = parseMacRange(text);
        assert.equal(macRangeSize(range), last - first + 1);
        assert.ok(macRangeHolds(range, macFromInteger(first)) && macRangeHolds(range, macFromInteger(last)));
        assert.ok(!macRangeHolds(range, macFromInteger(Math.max(0, first - 1))) || first === 0);
      }),
    );
  });

  test('compares addresses as numbers: 02:00:00:ff:00:00 lies before 02:00:01:00:00:00', () => {
    const range = parseMacRange('02:00:00:ff:00:00-02:00:01:00:00:ff');
    assert.ok(macRangeHolds(range, parseMacAddress('02:00:01:00:00:00')));
    assert.ok(!macRangeHolds(range, parseMacAddress('02:00:00:00:00:ff')));
  });
});

describe('a subnet', () => {
  test('holds exactly the addresses that share its prefix', () => {
    fc.assert(
      fc.property(ipv4, fc.nat(32), ipv4, (value, prefix, other) => {
        const bits = (address: number) => address.toString(2).padStart(32, '0').slice(0, prefix);
        const network = Number.parseInt(bits(value).padEnd(32, '0') || '0', 2);
        const subnet = parseIpv4Subnet(`${ipv4FromInteger(network)}/${prefix}`);
        assert.ok(subnetHolds(subnet, ipv4FromInteger(value)));
        assert.equal(subnetHolds(subnet, ipv4FromInteger(other)), bits(other) === bits(value));
      }),
    );
    fc.assert(
      fc.property(ipv6, fc.nat(128), ipv6, (value, prefix, other) => {
        const bits = (address: bigint) => address.toString(2).padStart(128, '0').slice(0, prefix);
        const network = BigInt(`0b${bits(value).padEnd(128, '0')}`);
        const subnet = parseIpv6Subnet(`${ipv6FromInteger(network)}/${prefix}`);
        assert.equal(subnetHolds(subnet, ipv6FromInteger(other)), bits(other) === bits(value));
      }),
    );
  });
});

describe('an address of a NIC', () => {
  test('link-local, is the one of modified EUI-64 (RFC 4291 appendix A)', () => {
    assert.equal(linkLocal(parseMacAddress('02:1a:3f:00:10:01')), 'fe80::1a:3fff:fe00:1001');
    assert.equal(linkLocal(parseMacAddress('34:56:78:9a:bc:de')), 'fe80::3656:78ff:fe9a:bcde');
  });
});
