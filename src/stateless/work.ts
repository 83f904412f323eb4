import { AppError, isAppError } from '../errors/app-error.ts';
import { type ImportFormat, importFormatNames, parseImport } from '../importers/formats.ts';
import { importItems } from '../importers/import-items.ts';
import { parseReports } from '../importers/reports.ts';
import { parseLabel } from '../model/names.ts';
import { parseSite } from '../model/parse-site.ts';
import type {
  ReadImportAnswer,
  ReadImportRequest,
  ReadReportsAnswer,
  ReadReportsRequest,
  Rendering,
  SimulationOrder,
  SiteText,
  Validation,
} from './contract.ts';
import { playCloud } from './play-cloud.ts';
import { renderSite } from './render-site.ts';
import { validateSite } from './validate-site.ts';

/** Items of one import at most; the API takes no more in one transaction. */
const mostItems = 100_000;

async function validate({ site, file = 'site.yaml' }: SiteText): Promise<Validation> {
  try {
    const { site: read, counts, warnings } = await validateSite(site, file);
    return { valid: true, site: read.name, counts, mistakes: warnings };
  } catch (error) {
    if (!isAppError(error) || error.code !== 'site-invalid') throw error;
    return { valid: false, mistakes: error.mistakes };
  }
}

async function render({ site: text, file = 'site.yaml', state }: SiteText & { state: string }): Promise<Rendering> {
  const { site, warnings } = parseSite(text, { file });
  const parts = await renderSite(site, state);
  return { site: site.name, parts: Array.from(parts, ([name, part]) => ({ name, text: part })), warnings };
}

function formatOf(name: string | undefined): ImportFormat | undefined {
  const format = importFormatNames.find((known) => known === name);
  if (name === undefined || format !== undefined) return format;
  throw new AppError(
    'value-invalid',
    `There is no import format ${JSON.stringify(name)}; expected one of ${importFormatNames.join(', ')}.`,
  );
}

/** Names that are labels, or nothing is taken over under them. */
function labelsOf({
  guest,
  owner,
  segment,
}: ReadImportRequest): Pick<ReadImportRequest, 'guest' | 'owner' | 'segment'> {
  return {
    ...(guest === undefined ? {} : { guest }),
    ...(owner === undefined ? {} : { owner: parseLabel(owner) }),
    ...(segment === undefined ? {} : { segment: parseLabel(segment) }),
  };
}

function readImport(request: ReadImportRequest): ReadImportAnswer {
  const read = parseImport(request.text, formatOf(request.format));
  const items = importItems(read, labelsOf(request));
  if (items.length > mostItems) {
    throw new AppError(
      'import-unreadable',
      `The text has ${items.length} NICs, and one import takes ${mostItems} at most; import it in parts.`,
    );
  }
  const lost = read.nics.filter(({ ipv4, ipv6, segment }) => segment === undefined && ipv4.length + ipv6.length > 0);
  const withoutSegment = request.segment === undefined ? lost.length : 0;
  return { format: read.format, items, mistakes: read.mistakes, withoutSegment };
}

function readReports({ text, zone }: ReadReportsRequest): ReadReportsAnswer {
  return { lines: parseReports(text, zone).map(({ from: _, ...line }) => line) };
}

/** What is done on a thread of its own, by name. */
export const work = {
  validate,
  render,
  readImport: async (request: ReadImportRequest) => readImport(request),
  readReports: async (request: ReadReportsRequest) => readReports(request),
  simulate: async (order: SimulationOrder) => playCloud(order),
};

export type WorkName = keyof typeof work;
