import { z } from 'zod';
import { AppError } from '../errors/app-error.ts';
import { parseDuration } from './quantity.ts';
import { quoteValue } from './quote-value.ts';
import { objectKey } from './schema-keys.ts';
import { described, listKey, textKey } from './schema-leaf.ts';

/** Seconds; asked more often, 10,000 NICs would be a load of their own. */
const leastInterval = 10;

/** Reads `60s`. Answers seconds, 10 at least. Throws `value-invalid`. */
function parseInterval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds < leastInterval)
    throw new AppError('value-invalid', `${quoteValue(text)} is too often; expected "${leastInterval}s" or more`);
  return seconds;
}

/** Reads an absolute path. Throws `value-invalid`. */
function parsePath(text: string): string {
  if (!/^\/\P{Cc}+$/u.test(text) || text.endsWith('/'))
    throw new AppError(
      'value-invalid',
      `${quoteValue(text)} is not an absolute path of a file such as "/etc/ssl/private/site.pem"`,
    );
  return text;
}

const switchKey = (description: string) =>
  described(z.boolean(), { description, expected: 'true or false', examples: [true] }).prefault(true);

const suricataPath = (description: string, example: string) =>
  textKey(parsePath, {
    description,
    expected: `an absolute path such as "${example}"`,
    examples: [example],
  }).optional();

const suricataSchema = objectKey(
  {
    file: suricataPath(
      'EVE JSON file that Suricata writes; it is followed over rotation, and may come later.',
      '/var/log/suricata/eve.json',
    ),
    socket: suricataPath(
      'Unix socket that the daemon listens at for Suricata (`filetype: unix_stream`), instead of a file.',
      '/run/bridgekeeper/eve.sock',
    ),
  },
  'Alerts of Suricata are joined with guests and owners: see [Suricata](../how-to/suricata.md). Either `file` or `socket`.',
);

export const watchSchema = objectKey(
  {
    guests: switchKey('Ask guests by ARP and neighbour discovery whether they are still there.'),
    forwards: switchKey(
      'Connect to the guest of each published TCP port (single ports only), to see whether it answers.',
    ),
    interval: textKey(parseInterval, {
      description:
        'How often each guest and each forward is asked; less often where there are more than a few thousand.',
      expected: 'a number and a unit, such as "45s" or "5m"; at least "10s"',
      examples: ['45s'],
    }).prefault('45s'),
    certificates: listKey(
      textKey(parsePath, {
        description: 'A file with certificates, PEM or DER.',
        expected: 'an absolute path of a file such as "/etc/ssl/private/site.pem"',
        examples: ['/etc/ssl/private/site.pem'],
      }),
      {
        description:
          'Files with certificates whose expiry is watched; of several in one file, the first to expire counts.',
        expected: 'a list of paths such as ["/etc/ssl/private/site.pem"]',
        examples: [['/etc/ssl/private/site.pem']],
      },
      { max: 1000 },
    ).prefault([]),
    uplink: switchKey(
      'Watch at the uplink who else says to have the shared address, or to be the gateway (ARP, neighbour discovery). Off where several gateways answer by turns.',
    ),
    suricata: suricataSchema.optional(),
  },
  'What is asked and looked at, beyond what the host tells by itself.',
);

/** What is asked and looked at, beyond what the host tells by itself. */
export interface WatchSettings {
  readonly guests: boolean;
  readonly forwards: boolean;
  /** Seconds between two questions to the same guest or forward. */
  readonly interval: number;
  /** Absolute paths. */
  readonly certificates: readonly string[];
  /** Claims of the shared address and of the gateway's are watched. */
  readonly uplink: boolean;
  /** Where Suricata's alerts come from: exactly one of the two, as an absolute path. */
  readonly suricata?: { readonly file: string } | { readonly socket: string };
}

export const defaultWatch: WatchSettings = {
  guests: true,
  forwards: true,
  interval: 45,
  certificates: [],
  uplink: true,
};
