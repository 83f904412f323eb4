import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Section } from '../part.ts';

/** What one part showed when it was last measured in full, and on what. */
export interface Measured extends Omit<Section, 'raw'> {
  readonly rounds: number;
  /** `describeMachine` at that time. */
  readonly machine: readonly string[];
}

/** Kept with the sources, so that one part can be measured again and the page is made of all of them. */
const fileOf = (part: string): string => fileURLToPath(new URL(`../measured/${part}.json`, import.meta.url));

/** Undefined for a part that was never measured. */
export function readMeasured(part: string): Measured | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(part), 'utf8')) as Measured;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function writeMeasured(part: string, measured: Measured): void {
  const file = fileOf(part);
  mkdirSync(fileURLToPath(new URL('../measured', import.meta.url)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
}
