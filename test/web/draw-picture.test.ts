import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EngineStatus, LeaseView } from '../../src/client/client.ts';
import { type Drawn, drawPicture } from '../../web/src/views/overview/picture/draw-picture.ts';
import type { PictureParts } from '../../web/src/views/overview/picture/picture.ts';

const leasesOf = (segment: string, count: number): LeaseView[] =>
  Array.from({ length: count }, (_, index) => ({
    guest: `${segment}-${index}`,
    nic: 0,
    segment,
    mac: '02:00:00:00:00:01',
    ipv4: `10.0.0.${index + 2}`,
    share: 'nat',
    portBlock: '',
    attached: index % 3 !== 2,
  }));

function draw(counts: Record<string, number>, more: Partial<PictureParts> = {}): Drawn {
  const status = {
    uplink: { interface: 'eth0', ipv4: '203.0.113.10' },
    segments: Object.entries(counts).map(([name, nics]) => ({ name, bridge: name, subnet: '10.0.0.0/24', nics })),
    forwards: 1,
  } as unknown as EngineStatus;
  return drawPicture({
    status,
    leases: Object.entries(counts).flatMap(([name, nics]) => leasesOf(name, nics)),
    rates: undefined,
    violating: new Map(),
    isolated: new Set(),
    upright: false,
    ...more,
  });
}

const idsOf = ({ nodes }: Drawn): string[] => nodes.map(({ id }) => id);

function assertApart({ nodes }: Drawn): void {
  for (const one of nodes)
    for (const other of nodes) {
      if (one === other) continue;
      const apart =
        one.position.x + (one.width ?? 0) <= other.position.x ||
        other.position.x + (other.width ?? 0) <= one.position.x ||
        one.position.y + (one.height ?? 0) <= other.position.y ||
        other.position.y + (other.height ?? 0) <= one.position.y;
      assert.ok(apart, `${one.id} lies on ${other.id}`);
    }
}

describe('the picture of a site', () => {
  test('leads from the world to each guest when there are few', () => {
    const drawn = draw({ dev: 2, prod: 1 });
    assert.deepEqual(idsOf(drawn), [
      'world',
      'shared',
      'segment dev',
      'guest dev dev-0',
      'guest dev dev-1',
      'segment prod',
      'guest prod prod-0',
    ]);
    assert.deepEqual(
      drawn.edges.map(({ source, target }) => `${source} → ${target}`),
      [
        'world → shared',
        'shared → segment dev',
        'segment dev → guest dev dev-0',
        'segment dev → guest dev dev-1',
        'shared → segment prod',
        'segment prod → guest prod prod-0',
      ],
    );
  });

  test('shows many guests of a segment as one crowd with a cell for each', () => {
    const drawn = draw({ dev: 200, prod: 3 });
    assert.ok(idsOf(drawn).includes('crowd dev'));
    assert.ok(idsOf(drawn).includes('guest prod prod-2'));
    const crowd = drawn.nodes.find(({ id }) => id === 'crowd dev');
    assert.equal(crowd?.type === 'crowd' && crowd.data.guests.length, 200);
  });

  test('of ten thousand, whom nobody asked for one by one, it names those that do what they must not', () => {
    const drawn = draw(
      { dev: 9_000, prod: 1_000 },
      { leases: undefined, violating: new Map([['evil', new Set(['dev'])]]) },
    );
    assert.deepEqual(idsOf(drawn), ['world', 'shared', 'segment dev', 'crowd dev', 'segment prod', 'crowd prod']);
    const crowd = drawn.nodes.find(({ id }) => id === 'crowd dev');
    assert.deepEqual(crowd?.type === 'crowd' && [crowd.data.bad, crowd.data.nics], [['evil'], 9_000]);
    const other = drawn.nodes.find(({ id }) => id === 'crowd prod');
    assert.deepEqual(other?.type === 'crowd' && other.data.bad, [], 'it is nothing of the other segment');
  });

  test('a guest that does what it must not is red, and so is the way to it', () => {
    const drawn = draw(
      { dev: 2, prod: 1 },
      { violating: new Map([['dev-1', new Set([undefined])]]), isolated: new Set(['dev-1', 'prod-0']) },
    );
    const states = drawn.nodes.flatMap((node) => (node.type === 'guest' ? [node.data.guest.state] : []));
    assert.deepEqual(states, ['good', 'violating', 'isolated']);
    const red = drawn.edges.filter(({ data }) => data?.bad).map(({ target }) => target);
    assert.deepEqual(red, ['segment dev', 'guest dev dev-1']);
  });

  test('nothing lies on anything else, in windows wide and narrow', () => {
    const sites = [{ dev: 1 }, { dev: 10, prod: 10 }, { dev: 40, prod: 0, lab: 500 }, { a: 3, b: 12, c: 600 }, {}];
    for (const site of sites) for (const upright of [false, true]) assertApart(draw(site, { upright }));
  });

  test('says how large it is', () => {
    const { size, nodes } = draw({ dev: 3 });
    const right = Math.max(...nodes.map(({ position, width = 0 }) => position.x + width));
    assert.equal(size.width, right - Math.min(...nodes.map(({ position }) => position.x)));
    assert.ok(size.height > 100);
  });
});
