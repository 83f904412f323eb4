import { z } from 'zod';
import { AppError } from '../../errors/app-error.ts';
import type { JournalRecord } from './journal-record.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const lineSchema = z.object({
  id: z.int(),
  at: z.number(),
  kind: z.string(),
  who: z.string(),
  from: z.string(),
  text: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  owners: z.array(z.string()).nullable(),
  salt: z.string().nullable(),
  digest: hash,
  previous: hash,
  hash,
});

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

/**
 * Reads one line of an export in JSON Lines as the entry that it was made of. Throws `value-invalid` with the number of
 * the line (from 1) for what is no such line, and for one of an export in clear: it cannot be checked.
 */
export function parseExportLine(line: string, number: number): JournalRecord {
  const refuse = (what: string): never => {
    throw new AppError('value-invalid', `line ${number} ${what}; expected the output of \`bridgekeeper audit export\``);
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refuse('is not JSON');
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`is not an entry of a journal (${issue?.path.join('.') || 'entry'}: ${issue?.message})`);
  }
  const { from, before, after, owners, ...rest } = parsed.data;
  if (rest.text !== null && rest.salt === null)
    return refuse(
      'has no salt: it was exported with --clear, and the text with clear addresses is not what was written',
    );
  return { ...rest, origin: from, before: json(before), after: json(after), owners: json(owners) };
}
