import type { Mistake } from '../errors/app-error.ts';
import { placeMistakes } from '../model/parse-site.ts';
import { forwardId, type Site } from '../model/site.ts';

/** Gives warnings about whole forwards (`forwards[tcp/8080]`) their place in `text`, the site file they come from. */
export function placeForwardWarnings(warnings: readonly Mistake[], site: Site, text: string): Mistake[] {
  if (warnings.length === 0) return [];
  const indexes = new Map(site.forwards.map((forward, index) => [`forwards[${forwardId(forward)}]`, index]));
  const inFile = warnings.map((warning) => {
    const index = indexes.get(warning.path);
    return index === undefined ? warning : { ...warning, path: `forwards[${index}].port` };
  });
  return placeMistakes(inFile, text.replaceAll('\r\n', '\n'));
}
