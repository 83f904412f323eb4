import { parseSize } from './quantity.ts';
import { choiceKey, objectKey } from './schema-keys.ts';
import { textKey } from './schema-leaf.ts';

export const sessionLogSchema = objectKey(
  {
    mode: choiceKey(
      ['full', 'blocks', 'off'],
      'What is recorded of sessions. `full`: begin and end of every session of a guest with its translation and bytes. `blocks`: only who had which port block when (RFC 7422). `off`: nothing; `trace` answers from port blocks alone and says that no log was kept.',
    ).prefault('full'),
    maxSize: textKey(parseSize, {
      description: 'Bytes on disk that the log may take; when it is full, its oldest days go first.',
      expected: 'a number and a unit, such as "500MB", "20GB" or "1TB"; at least "16MB"',
      examples: ['20GB'],
    }).prefault('20GB'),
  },
  'The log of sessions, in the state directory. How many days it goes back is `retention.sessions`.',
);

/** What is recorded of sessions. */
export interface SessionLogSettings {
  readonly mode: 'full' | 'blocks' | 'off';
  /** Bytes. */
  readonly maxSize: number;
}

export const defaultSessionLog: SessionLogSettings = { mode: 'full', maxSize: 20e9 };
