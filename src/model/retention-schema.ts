import { AppError } from '../errors/app-error.ts';
import { parseDuration } from './quantity.ts';
import { quoteValue } from './quote-value.ts';
import { objectKey } from './schema-keys.ts';
import { textKey } from './schema-leaf.ts';

const day = 86_400;

/** Reads `90d`. Answers whole days. Throws `value-invalid`. */
function parseDays(text: string): number {
  const days = parseDuration(text) / day;
  if (!Number.isInteger(days))
    throw new AppError('value-invalid', `${quoteValue(text)} is not a whole number of days such as "90d"`);
  return days;
}

const daysKey = (description: string, example: string) =>
  textKey(parseDays, { description, expected: 'a whole number of days such as "90d"', examples: [example] });

export const retentionSchema = objectKey(
  {
    sessions: daysKey(
      'How long the log of sessions goes back, and how long the journal keeps what it says of them.',
      '180d',
    ).prefault('180d'),
    leases: daysKey(
      'How long leases that ended are kept, with their port blocks, request keys and what the journal says of them.',
      '730d',
    ).prefault('730d'),
    other: daysKey('How long the journal keeps everything else.', '730d').prefault('730d'),
  },
  'How long is kept what was. What is older is taken out; the chain of the journal stays whole.',
);

export const privacySchema = objectKey(
  {
    clear: daysKey(
      'How long after its end a lease keeps its MAC address in clear; after that it has a pseudonym.',
      '90d',
    ).prefault('90d'),
    period: daysKey(
      'How long pseudonyms share a key. Destroying the key of a period makes the period anonymous for good.',
      '30d',
    ).prefault('30d'),
    keep: daysKey(
      'What the law obliges you to keep: an erasure leaves what is younger. Default: it leaves nothing.',
      '180d',
    ).optional(),
  },
  'Pseudonyms for MAC addresses in old data and in the journal, and what an erasure leaves.',
);

/** Days that is kept what was. */
export interface Retention {
  readonly sessions: number;
  readonly leases: number;
  readonly other: number;
}

/** Days; `keep` is 0 when an erasure leaves nothing. */
export interface Privacy {
  readonly clear: number;
  readonly period: number;
  readonly keep: number;
}

export const defaultRetention: Retention = { sessions: 180, leases: 730, other: 730 };
export const defaultPrivacy: Privacy = { clear: 90, period: 30, keep: 0 };
