import { useComputedColorScheme } from '@mantine/core';
import { type RefObject, useLayoutEffect, useState } from 'react';
import { type Pixel, pixelOf } from './pixels.ts';

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
