import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { AppError, type Mistake } from '../../src/errors/app-error.ts';
import { parseObject, parseSite, parseSiteObjects, siteObjects } from '../../src/model/parse-site.ts';
import type { SiteInput } from '../../src/model/site-schema.ts';

const example = readFileSync(new URL('../../examples/devlab.yaml', import.meta.url), 'utf8');

function mistakesOf(run: () => unknown): Mistake[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'site-invalid');
    return error.mistakes;
  }
  return assert.fail('it was accepted');
}

describe('stored objects', () => {
  test('make the very same site again, part by part, in any order', () => {
    const { site, objects } = parseSite(example);
    const again = parseSiteObjects([...objects].reverse()).site;
    for (const list of ['pools', 'segments', 'guests', 'forwards'] as const) {
      assert.deepEqual(new Set<unknown>(again[list]), new Set<unknown>(site[list]));
      for (const part of again[list]) assert.ok((site[list] as readonly unknown[]).includes(part), 'the same object');
    }
    assert.equal(again.limits, site.limits);
    assert.equal(again.uplink, site.uplink);
    assert.deepEqual(again.policies, site.policies, 'policies keep their order');
    for (const [i, policy] of again.policies.entries()) assert.equal(policy, site.policies[i]);
  });

  test('keep the parts that did not change when one is added', () => {
    const { site, objects } = parseSite(example);
    const body = { port: 9000, to: 'web1:90' };
    const more = parseSiteObjects([...objects, { kind: 'forward', name: 'tcp/9000', origin: 'api', body }]).site;
    assert.equal(more.forwards.length, site.forwards.length + 1);
    for (const [i, forward] of site.forwards.entries()) assert.equal(more.forwards[i], forward);
    for (const [i, guest] of site.guests.entries()) assert.equal(more.guests[i], guest);
  });

  test('are checked together, and mistakes name the object', () => {
    const { objects } = parseSite(example);
    const mistakes = mistakesOf(() =>
      parseSiteObjects([
        ...objects,
        { kind: 'forward', name: 'tcp/8080-8090', origin: 'api', body: { port: '8080-8090', to: 'web1:80' } },
        { kind: 'guest', name: 'x', origin: 'api', body: { name: 'x', nics: [{ segment: 'nowhere' }] } },
      ]),
    );
    assert.deepEqual(mistakes.map(({ path }) => path).sort(), [
      'forwards[tcp/8080-8090].port',
      'guests[x].nics[0].segment',
    ]);
    assert.ok(mistakes.every(({ line }) => line === undefined));
  });

  test('of a policy made through the API decide after those of the file, or at their position', () => {
    const { objects } = parseSite(example);
    const policy = (name: string, position?: number) => ({
      kind: 'policy' as const,
      name,
      origin: 'api' as const,
      body: { name, from: 'prod', to: 'world', action: 'deny', ...(position === undefined ? {} : { position }) },
    });
    const names = (...added: ReturnType<typeof policy>[]) =>
      parseSiteObjects([...added, ...objects]).site.policies.map(({ name }) => name);
    assert.deepEqual(names(policy('last')), ['policy-1', 'policy-2', 'last']);
    assert.deepEqual(names(policy('second', 2)), ['policy-1', 'second', 'policy-2']);
  });

  test('whose peer becomes a segment instead of a guest mean something else', () => {
    const input = (guest: object[], segments: object[]): SiteInput =>
      ({
        site: 'lab',
        uplink: { interface: 'eth0', shared: ['203.0.113.10'] },
        pools: [{ name: 'p', range: '02:1a:3f:00:00:00/24' }],
        segments: [{ name: 'a', subnet: '10.0.0.0/24' }, ...segments],
        guests: guest,
        policies: [],
      }) as SiteInput;
    const policy = {
      kind: 'policy',
      name: 'p',
      origin: 'api',
      body: { name: 'p', from: 'b', to: 'world', action: 'deny' },
    } as const;
    const asGuest = parseSiteObjects([...siteObjects(input([{ name: 'b', nics: [{ segment: 'a' }] }], [])), policy]);
    const asSegment = parseSiteObjects([...siteObjects(input([], [{ name: 'b', subnet: '10.0.1.0/24' }])), policy]);
    assert.deepEqual(asGuest.site.policies[0]?.from, { kind: 'guest', guest: 'b' });
    assert.deepEqual(asSegment.site.policies[0]?.from, { kind: 'segment', segment: 'b' });
  });
});

describe('one object made through the API', () => {
  test('gets its name in the registry', () => {
    assert.equal(
      parseObject('forward', { port: '30000-30099', protocol: 'udp', to: 'web1:1' }).name,
      'udp/30000-30099',
    );
    assert.equal(parseObject('forward', { port: '08080', to: 'web1:1' }).name, 'tcp/8080');
    assert.equal(parseObject('guest', { name: 'web1', nics: [{ segment: 'dev' }] }).name, 'web1');
  });

  test('has mistakes with paths that name it', () => {
    const paths = mistakesOf(() => parseObject('guest', { name: 'web1', nics: [{ segment: 'Dev', mac: 1 }] }));
    assert.deepEqual(
      paths.map(({ path }) => path),
      ['guests[web1].nics[0].segment', 'guests[web1].nics[0].mac'],
    );
  });

  test('is refused when it is no object, and when a policy has no name', () => {
    for (const body of [null, 5, 'x', [], undefined, () => 1]) mistakesOf(() => parseObject('guest', body));
    mistakesOf(() => parseObject('policy', { from: 'a', to: 'world', action: 'deny' }));
  });

  test('cannot reach a prototype', () => {
    const body = JSON.parse('{"name":"p","range":"02:00:00:00:00:00/24","__proto__":{"polluted":1}}') as unknown;
    assert.equal(mistakesOf(() => parseObject('pool', body))[0]?.path, 'pools[p].__proto__');
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});
