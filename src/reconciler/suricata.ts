import type { FilePosition } from '../observers/suricata/follow-file.ts';
import { SuricataObserver } from '../observers/suricata/suricata-observer.ts';
import { createSubjectFinder } from './subject-finder.ts';
import type { WatchParts } from './watching.ts';

/** Its place among what is kept. */
const id = 'suricata';

/** The observer of Suricata's alerts: what it was told of and how far it came are kept, who it was says the trace. */
export function createSuricata(
  parts: Pick<WatchParts, 'registry' | 'clock' | 'log' | 'site' | 'desired' | 'events' | 'trace'>,
): SuricataObserver {
  const { registry, clock, log, site, desired, events, trace } = parts;
  return new SuricataObserver({
    clock,
    log,
    site,
    desired,
    events,
    subjects: createSubjectFinder(site, desired),
    positions: {
      load: async () => (await registry.kept.load<FilePosition>('cursor')).find((item) => item.id === id)?.body,
      save: (body) => registry.kept.change('cursor', { put: [{ id, body }] }),
    },
    ask: async (question) => {
      const { verdict, guests } = await trace(question);
      return verdict === 'guest' ? guests[0]?.guest : undefined;
    },
  });
}
