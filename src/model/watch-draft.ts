import type { z } from 'zod';
import type { Refuse } from './site-drafts.ts';
import type { WatchSettings, watchSchema } from './watch-schema.ts';

/** Suricata's alerts come from one place. */
export function draftWatch({ suricata, ...rest }: z.output<typeof watchSchema>, refuse: Refuse): WatchSettings {
  if (suricata === undefined) return rest;
  const { file, socket } = suricata;
  if (file !== undefined && socket === undefined) return { ...rest, suricata: { file } };
  if (socket !== undefined && file === undefined) return { ...rest, suricata: { socket } };
  const expected = 'either "file" or "socket"';
  const seen = file === undefined ? 'neither' : 'both';
  refuse(
    'watch.suricata',
    `alerts of Suricata come from ${seen} of "file" and "socket"; expected ${expected}`,
    seen,
    expected,
  );
  return rest;
}
