import { AppError, type Mistake } from '../errors/app-error.ts';
import { buildSite, joinPaths, mostMistakes, pathOf } from './build-site.ts';
import { Unread } from './check-site/unread.ts';
import { LinePositions, locatePath } from './places.ts';
import { quoteValue } from './quote-value.ts';
import type { PlacedMistake, ReadDocument } from './read-document.ts';
import { readPlaced, readQuickly } from './read-site-text.ts';
import type { KeyMistake } from './schema-mistakes.ts';
import type { Site } from './site.ts';
import { entriesOf, nameOf, objectsOf } from './site-entries.ts';
import { type Drafts, draftObject, type SiteObject, type SiteObjectKind } from './site-objects.ts';
import type { SiteInput } from './site-schema.ts';

export { renderMistakes } from './render-mistakes.ts';
export type { SiteObject, SiteObjectKind } from './site-objects.ts';

/** Bytes and characters of the largest site file; 131,070 forwards take 5 MB. */
export const largestSiteFile = 8 * 1024 * 1024;

export interface ParsedSite {
  readonly site: Site;
  /** The site as the registry stores it. */
  readonly objects: SiteObject[];
  readonly warnings: Mistake[];
}

function refuse(mistakes: readonly Mistake[], file: string): never {
  const shown = mistakes.slice(0, mostMistakes);
  const errors = shown.filter(isError).length;
  const count =
    mistakes.length > mostMistakes ? `more than ${mostMistakes} mistakes; the first are listed` : `${errors} mistakes`;
  throw new AppError('site-invalid', `${file} has ${errors === 1 ? '1 mistake' : count}`, { mistakes: shown });
}

const isError = (mistake: Mistake): boolean => mistake.severity === 'error';

/** Gives every mistake its line and column and puts them in the order of the file. */
function place(mistakes: readonly KeyMistake[], read: ReadDocument, text: string): Mistake[] {
  if (mistakes.length === 0 && read.mistakes.length === 0) return [];
  const lines = new LinePositions(text);
  const placed = read.mistakes.map((mistake) => ({ offset: mistake.offset, mistake: syntaxMistake(mistake) }));
  for (const { onKey, ...mistake } of mistakes) {
    placed.push({ offset: locatePath(read.value, read.places, mistake.path, onKey === true), mistake });
  }
  placed.sort((a, b) => a.offset - b.offset);
  return placed.map(({ offset, mistake }) => {
    const { line, column } = lines.at(offset);
    return { ...mistake, line, column };
  });
}

/**
 * Gives mistakes about a site file that were found elsewhere (a forward on a port that the host listens on) their line
 * and column, in the order of the file. Paths are those of the file, `forwards[3].port`.
 */
export function placeMistakes(mistakes: readonly Mistake[], text: string): Mistake[] {
  const { value, places } = readPlaced(text);
  return place(mistakes, { value, places, mistakes: [] }, text);
}

function syntaxMistake({ offset: _, ...mistake }: PlacedMistake): Mistake {
  return { path: '', ...mistake, severity: 'error' };
}

/** Refuses what no site file is, before the parser takes time over it. */
function checkText(text: string, file: string): void {
  if (text.length > largestSiteFile) {
    throw new AppError(
      'site-unreadable',
      `${file} has ${text.length} characters; a site file has at most ${largestSiteFile}`,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for bytes that no text file holds
  const binary = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/.exec(text);
  if (binary) {
    const { line, column } = new LinePositions(text).at(binary.index);
    throw new AppError(
      'site-unreadable',
      `${file} is not UTF-8 text: character ${quoteValue(binary[0])} at line ${line}, column ${column}`,
    );
  }
}

/** Decodes the bytes of a site file. Throws `site-unreadable` when they are too many or not UTF-8. */
export function decodeSiteFile(bytes: Uint8Array, file = 'site.yaml'): string {
  if (bytes.length > largestSiteFile) {
    throw new AppError(
      'site-unreadable',
      `${file} has ${bytes.length} bytes; a site file has at most ${largestSiteFile}`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('site-unreadable', `${file} is not UTF-8 text`, { cause });
  }
}

/** The site when the text is in the common form and has no mistake and no warning; these need positions. */
function parseQuickly(text: string): ParsedSite | undefined {
  const value = readQuickly(text);
  if (value === undefined) return undefined;
  const { entries, mistakes, unread } = entriesOf(value);
  if (mistakes.length > 0) return undefined;
  const built = buildSite(entries, unread);
  if (built.mistakes.length > 0) return undefined;
  return { site: built.site, objects: objectsOf(entries), warnings: [] };
}

/**
 * Reads a site file. Throws `site-unreadable` for what is no text, and `site-invalid` with every mistake that could be
 * found, in the order of the file, each with line and column. Pure.
 */
export function parseSite(source: string, options: { file?: string } = {}): ParsedSite {
  const file = options.file ?? 'site.yaml';
  checkText(source, file);
  // Lines and columns stay what they are; YAML itself reads both line ends alike.
  const text = source.replaceAll('\r\n', '\n');
  const quick = parseQuickly(text);
  if (quick) return quick;
  const read = readPlaced(text);
  if (read.value === undefined) refuse(place([], read, text), file);
  const { entries, mistakes, unread } = entriesOf(read.value);
  const built = buildSite(entries, unread);
  const all = place([...mistakes, ...built.mistakes], read, text);
  if (all.some(isError)) refuse(all, file);
  return { site: built.site, objects: objectsOf(entries), warnings: all };
}

/**
 * Builds a site from stored objects, with the same checks as a file. Bodies that were read before (by identity) give
 * the very same values. Throws `site-invalid`; paths name objects, `forwards[tcp/9000].to`.
 */
export function parseSiteObjects(objects: readonly SiteObject[]): { site: Site; warnings: Mistake[] } {
  const entries = objects.map(({ kind, name, body }) => ({ kind, key: name, body }));
  const { site, mistakes } = buildSite(entries, new Unread());
  if (mistakes.some(isError)) refuse(mistakes, 'the site');
  return { site, warnings: mistakes };
}

/** A site's input form as the registry stores it. Throws `site-invalid` when an object cannot be read. */
export function siteObjects(input: SiteInput): SiteObject[] {
  const { entries, mistakes, unread } = entriesOf(input);
  const built = buildSite(entries, unread);
  const all = [...mistakes, ...built.mistakes];
  if (all.some(isError)) refuse(all, 'the site');
  return objectsOf(entries);
}

/**
 * Reads one object that was made through the API: its name in the registry and its value. How it fits into the site
 * is for `parseSiteObjects` to say. Throws `site-invalid`.
 */
export function parseObject<K extends SiteObjectKind>(kind: K, body: unknown): { name: string; value: Drafts[K] } {
  const drafted = draftObject(kind, body);
  const name = nameOf(kind, body);
  const prefix = pathOf(kind, name ?? '');
  if ('mistakes' in drafted) {
    const mistakes = drafted.mistakes.map((mistake) => ({ ...mistake, path: joinPaths(prefix, mistake.path) }));
    refuse(mistakes, `${kind} ${quoteValue(name ?? '')}`);
  }
  if (name === undefined) {
    const message = 'a policy that is made through the API needs a name';
    refuse([{ path: prefix, message, seen: 'nothing', expected: 'a name', severity: 'error' }], kind);
  }
  return { name, value: drafted.value };
}
