import type { PolicyBox } from '../model/desired-state.ts';
import { type IpAddress, ipToInteger } from '../model/ip-address.ts';

type Numbers = readonly (readonly [number | bigint, number | bigint])[];

const toNumber = (address: string): number | bigint => ipToInteger(address as IpAddress);

function numbersOf(box: PolicyBox): Numbers {
  return [
    [toNumber(box.source[0]), toNumber(box.source[1])],
    [toNumber(box.destination[0]), toNumber(box.destination[1])],
    box.protocol,
    box.ports,
  ];
}

const overlap = (a: Numbers, b: Numbers): boolean =>
  a.every(([first, last], i) => {
    const other = b[i] as Numbers[number];
    return first <= other[1] && other[0] <= last;
  });

const within = (inner: Numbers, outer: Numbers): boolean =>
  inner.every(([first, last], i) => {
    const bounds = outer[i] as Numbers[number];
    return first >= bounds[0] && last <= bounds[1];
  });

/**
 * Puts ordered boxes into layers so that boxes of one layer never overlap and a box lies in a later layer than every
 * earlier box that it overlaps. Asking the layers in order then gives the first match, although the kernel's
 * interval sets (pipapo) take no overlapping elements. A box inside an earlier one can never decide and is left out.
 */
export function layerBoxes(boxes: readonly PolicyBox[]): PolicyBox[][] {
  const placed: { numbers: Numbers; family: 4 | 6; layer: number }[] = [];
  const layers: PolicyBox[][] = [];
  for (const box of boxes) {
    const numbers = numbersOf(box);
    const touching = placed.filter((other) => other.family === box.family && overlap(other.numbers, numbers));
    if (touching.some((other) => within(numbers, other.numbers))) continue;
    const layer = touching.reduce((deepest, other) => Math.max(deepest, other.layer + 1), 0);
    placed.push({ numbers, family: box.family, layer });
    if (layer === layers.length) layers.push([]);
    layers[layer]?.push(box);
  }
  return layers;
}
