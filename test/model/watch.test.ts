import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError, type Mistake } from '../../src/errors/app-error.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { parseBandwidth, renderBandwidth } from '../../src/model/quantity.ts';

/** A site with these lines for what is watched, the uplink and a forward. */
const siteOf = (parts: { watch?: string; uplink?: string; forward?: string }): string => `
site: watched
uplink: {interface: eth0, shared: [203.0.113.10]${parts.uplink ?? ''}}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
guests: [{name: web1, nics: [{segment: dev}]}]
forwards: [{port: 8080, to: "web1:80"${parts.forward ?? ''}}]
${parts.watch ?? ''}
`;

function mistakeIn(parts: Parameters<typeof siteOf>[0]): Mistake | undefined {
  try {
    parseSite(siteOf(parts));
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.mistakes[0];
  }
  return assert.fail('it was accepted');
}

describe('what a site says of watching', () => {
  test('is absent where it says nothing, and whole where it says a part', () => {
    assert.equal(parseSite(siteOf({})).site.watch, undefined);
    const { site } = parseSite(siteOf({ watch: 'watch: {forwards: false}' }));
    assert.ok(site.watch);
    const { guests, forwards, interval, certificates } = site.watch;
    assert.deepEqual([guests, forwards, interval, certificates], [true, false, 45, []]);
    assert.equal(site.forwards[0]?.check, undefined);
  });

  test('is read: bandwidth, checks, interval, certificates', () => {
    const { site } = parseSite(
      siteOf({
        watch: 'watch: {interval: 2m, certificates: [/etc/ssl/a.pem]}',
        uplink: ', bandwidth: 2.5gbit',
        forward: ', check: off',
      }),
    );
    assert.equal(site.uplink?.bandwidth, 2.5e9);
    assert.equal(site.forwards[0]?.check, 'off');
    assert.equal(site.watch?.interval, 120);
    assert.deepEqual(site.watch?.certificates, ['/etc/ssl/a.pem']);
  });

  for (const [what, parts, path, said] of [
    ['an interval that is too short', { watch: 'watch: {interval: 5s}' }, 'watch.interval', /"5s" is too often.*"10s"/],
    ['a path that is relative', { watch: 'watch: {certificates: [a.pem]}' }, 'watch.certificates[0]', /absolute path/],
    ['a directory', { watch: 'watch: {certificates: [/etc/]}' }, 'watch.certificates[0]', /absolute path/],
    ['a bandwidth without a unit', { uplink: ', bandwidth: "100"' }, 'uplink.bandwidth', /"1gbit"/],
    ['a bandwidth in bytes', { uplink: ', bandwidth: 1GB' }, 'uplink.bandwidth', /"1gbit"/],
    ['a check that there is not', { forward: ', check: http' }, 'forwards[0].check', /"tcp" or "off"/],
    ['a word for a switch', { watch: 'watch: {guests: maybe}' }, 'watch.guests', /true or false/],
    ['a key that there is not', { watch: 'watch: {guest: true}' }, 'watch.guest', /guests/],
  ] as const) {
    test(`is refused with its place and what was expected: ${what}`, () => {
      const mistake = mistakeIn(parts);
      assert.equal(mistake?.path, path);
      assert.match(JSON.stringify(mistake).replaceAll('\\"', '"'), said);
      assert.ok(mistake.line !== undefined);
    });
  }
});

test('a bandwidth is shown as it is written', () => {
  for (const text of ['100mbit', '1gbit', '2.5gbit', '64kbit', '1tbit']) {
    assert.equal(renderBandwidth(parseBandwidth(text)), text);
  }
  assert.equal(renderBandwidth(0), '0kbit');
});
