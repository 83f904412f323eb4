import { useComputedColorScheme } from '@mantine/core';
import { type RefObject, useLayoutEffect, useState } from 'react';

/** A colour as the pixels of a canvas have it: red, green, blue and how opaque it is, the lowest byte first. */
export type Pixel = number;

/** `#rrggbb` as a pixel. */
function pixelOf(text: string): Pixel {
  const value = Number.parseInt(text.trim().slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A colour between two; `part` 0 is the first. */
export function mixPixels(a: Pixel, b: Pixel, part: number): Pixel {
  let mixed = 255 << 24;
  for (const shift of [0, 8, 16]) {
    const [from, to] = [(a >> shift) & 255, (b >> shift) & 255];
    mixed |= Math.round(from + (to - from) * part) << shift;
  }
  return mixed >>> 0;
}

/** The colours of a map: `--map-NAME` of an element's style, each `#rrggbb`. Undefined until the element is there. */
export function useMapColours<Name extends string>(
  element: RefObject<HTMLElement | null>,
  names: readonly Name[],
): Readonly<Record<Name, Pixel>> | undefined {
  const scheme = useComputedColorScheme('light');
  const [colours, setColours] = useState<Readonly<Record<Name, Pixel>>>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the style says other colours in another scheme
  useLayoutEffect(() => {
    if (element.current === null) return;
    const found = getComputedStyle(element.current);
    const entries = names.map((name) => [name, pixelOf(found.getPropertyValue(`--map-${name}`))]);
    setColours(Object.fromEntries(entries) as Record<Name, Pixel>);
  }, [scheme, names, element]);
  return colours;
}
