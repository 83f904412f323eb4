import { Places } from './places.ts';
import { readCommonYaml } from './read-common-yaml.ts';
import { type PlacedMistake, type ReadDocument, readDocument } from './read-document.ts';
import { readJson } from './read-json.ts';
import { readPlacedJson } from './read-placed-json.ts';

/** The full YAML parser takes about half a second for this many characters, and far more for text that was made to hurt it. */
const mostForFullParser = 512 * 1024;

const looksLikeJson = (text: string): boolean => /^\s*\{/.test(text);

/** The value of a text in the common form, or of JSON without a key twice; undefined for everything else. */
export function readQuickly(text: string): unknown {
  if (looksLikeJson(text)) return readJson(text);
  const read = readCommonYaml(text);
  return 'value' in read ? read.value : undefined;
}

function isJson(text: string): boolean {
  if (!looksLikeJson(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not JSON: it may be a YAML flow mapping, and else the YAML parser says what is wrong with it.
    return false;
  }
}

/** The value of a text, where everything in it stands, and what is wrong with it as YAML or JSON. */
export function readPlaced(text: string): ReadDocument {
  const places = new Places();
  if (isJson(text)) {
    const mistakes: PlacedMistake[] = [];
    return { value: readPlacedJson(text, places, mistakes), mistakes, places };
  }
  const read = readCommonYaml(text, places);
  if ('value' in read) return { value: read.value, mistakes: [], places };
  if (text.length <= mostForFullParser) return readDocument(text);
  const message = `here begins what a file of over ${mostForFullParser} characters may not hold, or a mistake; it must be of mappings and lists, {} and [] within one line, and plain or simply quoted values`;
  return { value: undefined, mistakes: [{ offset: read.stoppedAt, message }], places };
}
