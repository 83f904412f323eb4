import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { layerBoxes } from '../../src/compile/layer-boxes.ts';
import type { PolicyBox } from '../../src/model/desired-state.ts';
import { ipv4FromInteger, ipv6FromInteger } from '../../src/model/ip-address.ts';
import { parseLabel } from '../../src/model/names.ts';

/** A small world, so that boxes overlap in every way: eight addresses of each family, four protocols, eight ports. */
const address = (family: 4 | 6, value: number): string =>
  family === 4 ? ipv4FromInteger(0x0a000000 + value) : ipv6FromInteger((0xfdn << 120n) + BigInt(value));

interface Draft {
  family: 4 | 6;
  action: 'allow' | 'deny';
  source: [number, number];
  destination: [number, number];
  protocol: [number, number];
  ports: [number, number];
}
interface Flow {
  family: 4 | 6;
  source: number;
  destination: number;
  protocol: number;
  port: number;
}

const range = (max: number) =>
  fc.tuple(fc.nat(max), fc.nat(max)).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const draft: fc.Arbitrary<Draft> = fc.record({
  family: fc.constantFrom(4 as const, 6 as const),
  action: fc.constantFrom('allow' as const, 'deny' as const),
  source: range(7),
  destination: range(7),
  protocol: range(3),
  ports: range(7),
});
const flow: fc.Arbitrary<Flow> = fc.record({
  family: fc.constantFrom(4 as const, 6 as const),
  source: fc.nat(7),
  destination: fc.nat(7),
  protocol: fc.nat(3),
  port: fc.nat(7),
});

const boxOf = (one: Draft, index: number): PolicyBox => ({
  policy: parseLabel(`p${index}`),
  action: one.action,
  family: one.family,
  source: [address(one.family, one.source[0]), address(one.family, one.source[1])],
  destination: [address(one.family, one.destination[0]), address(one.family, one.destination[1])],
  protocol: one.protocol,
  ports: one.ports,
});

const holds = ([first, last]: readonly [number, number], value: number): boolean => first <= value && value <= last;
const matches = (one: Draft, packet: Flow): boolean =>
  one.family === packet.family &&
  holds(one.source, packet.source) &&
  holds(one.destination, packet.destination) &&
  holds(one.protocol, packet.protocol) &&
  holds(one.ports, packet.port);

test('asking the layers in order gives the first box that matches, in a layer at most one does', () => {
  fc.assert(
    fc.property(
      fc.array(draft, { maxLength: 12 }),
      fc.array(flow, { minLength: 40, maxLength: 40 }),
      (drafts, flows) => {
        const boxes = drafts.map(boxOf);
        const draftOf = new Map(boxes.map((box, index) => [box, drafts[index] as Draft]));
        const layers = layerBoxes(boxes);
        for (const packet of flows) {
          const expected = drafts.findIndex((one) => matches(one, packet));
          const perLayer = layers.map((layer) => layer.filter((box) => matches(draftOf.get(box) as Draft, packet)));
          for (const found of perLayer) assert.ok(found.length <= 1, 'boxes of a layer do not overlap');
          const decided = perLayer.find((found) => found.length > 0)?.[0];
          assert.equal(decided?.policy, expected === -1 ? undefined : `p${expected}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a box inside an earlier one is left out, and a box is in one layer only', () => {
  fc.assert(
    fc.property(fc.array(draft, { maxLength: 12 }), (drafts) => {
      const boxes = drafts.map(boxOf);
      const placed = layerBoxes([...boxes, ...boxes]).flat();
      assert.equal(new Set(placed).size, placed.length);
      assert.ok(placed.length <= boxes.length, 'the second half says nothing new');
    }),
  );
});

test('boxes that do not touch need one layer', () => {
  const apart = Array.from({ length: 8 }, (_, i) =>
    boxOf({ family: 4, action: 'allow', source: [i, i], destination: [0, 7], protocol: [0, 3], ports: [0, 7] }, i),
  );
  assert.deepEqual(layerBoxes(apart), [apart]);
  assert.deepEqual(layerBoxes([]), []);
});
