import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { AppError } from '../errors/app-error.ts';
import type { InterfaceName } from '../model/names.ts';
import { parseSite } from '../model/parse-site.ts';
import { findHost } from './find-host.ts';
import { type FirstSiteSummary, summarise } from './next-steps.ts';
import { planSiteFile } from './site-file/plan-site-file.ts';
import { renderSiteFile } from './site-file/render-site-file.ts';

export interface FirstSite {
  readonly text: string;
  readonly summary: FirstSiteSummary;
}

const exists = (path: string): AppError =>
  new AppError(
    'conflict',
    `File ${JSON.stringify(path)} exists already, and init overwrites nothing; name another with --output.`,
  );

/** Creates a file that is not there yet, whole or not at all. */
async function createFile(path: string, text: string): Promise<void> {
  let created = false;
  try {
    const handle = await open(path, 'wx', 0o644);
    created = true;
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (created) await unlink(path);
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path);
    throw new AppError('value-invalid', `File ${JSON.stringify(path)} cannot be written: ${message}.`, { cause });
  }
}

/**
 * Looks at the host and writes a first site file; `-` writes none. Throws `conflict` when the file is there,
 * `uplink-unsuitable` when the host has no address to share, `value-invalid` when the file cannot be written.
 */
export async function writeFirstSite(options: { output: string; uplink?: InterfaceName }): Promise<FirstSite> {
  const { output, ...where } = options;
  // Asked first because looking at the host may take seconds; opening the file decides.
  if (output !== '-' && existsSync(output)) throw exists(output);
  const findings = await findHost(where);
  const site = planSiteFile(findings, randomBytes);
  const date = new Date().toISOString().slice(0, 10);
  const text = renderSiteFile(site, findings, { date, file: output === '-' ? 'site.yaml' : output });
  // A file that Bridgekeeper itself refuses must never be written.
  parseSite(text, { file: output });
  if (output !== '-') await createFile(output, text);
  return { text, summary: summarise(findings, site, output) };
}
