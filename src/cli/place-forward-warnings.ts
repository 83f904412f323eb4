import type { Mistake } from '../errors/app-error.ts';
import { LinePositions, locatePath } from '../model/places.ts';
import { readDocument } from '../model/read-document.ts';
import { forwardId, type Site } from '../model/site.ts';

/** Gives warnings about whole forwards (`forwards[tcp/8080]`) their place in `text`, the site file they come from. */
export function placeForwardWarnings(warnings: readonly Mistake[], site: Site, text: string): Mistake[] {
  if (warnings.length === 0) return [];
  const { value, places } = readDocument(text);
  const lines = new LinePositions(text);
  const indexes = new Map(site.forwards.map((forward, index) => [`forwards[${forwardId(forward)}]`, index]));
  return warnings.map((warning) => {
    const index = indexes.get(warning.path);
    if (index === undefined) return warning;
    const path = `forwards[${index}].port`;
    return { ...warning, path, ...lines.at(locatePath(value, places, path, false)) };
  });
}
