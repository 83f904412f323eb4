import { join } from 'node:path';
import type { JournalHead } from '../../model/journal/journal-record.ts';
import { readText, writeFileAtomic } from '../../system/files.ts';

/** The head of the journal as it was last noted outside of the database, so that an old copy of both is recognised. */
export interface Witness extends JournalHead {
  /** When it was noted (ms since the epoch). */
  readonly at: number;
}

const fileName = 'journal-witness.json';

/** What was noted last; undefined when nothing was. Throws for a file that is not ours. */
export async function readWitness(directory: string): Promise<Witness | undefined> {
  const text = await readText(join(directory, fileName));
  if (text === undefined) return undefined;
  const { id, hash, at } = parse(text) as Partial<Witness>;
  if (typeof id !== 'number' || typeof hash !== 'string' || typeof at !== 'number')
    throw new Error(`file "${join(directory, fileName)}" is damaged: expected id, hash and at as JSON`);
  return { id, hash, at };
}

function parse(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    // Told by who called: all of it is missing.
    return {};
  }
}

export function writeWitness(directory: string, witness: Witness): Promise<void> {
  return writeFileAtomic(join(directory, fileName), `${JSON.stringify(witness)}\n`);
}
