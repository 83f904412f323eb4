/** A colour as the pixels of a canvas have it: red, green, blue and how opaque it is, the lowest byte first. */
export type Pixel = number;

/** `#rrggbb` as a pixel. */
export function pixelOf(text: string): Pixel {
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
