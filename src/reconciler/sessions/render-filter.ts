import type { SessionFilter } from './contract.ts';

/** A filter's conditions as a sentence says them: `guest "web1", protocol tcp`. Empty without any. */
export function renderFilter(filter: SessionFilter): string {
  const quoted = (['guest', 'owner', 'segment', 'forward'] as const).flatMap((key) =>
    filter[key] === undefined ? [] : [`${key} ${JSON.stringify(filter[key])}`],
  );
  const plain = (['protocol', 'state', 'direction', 'peer', 'port'] as const).flatMap((key) =>
    filter[key] === undefined ? [] : [`${key} ${filter[key]}`],
  );
  const ages = (['older', 'younger'] as const).flatMap((key) =>
    filter[key] === undefined ? [] : [`${key} than ${filter[key]} s`],
  );
  return [...quoted, ...plain, ...ages].join(', ');
}
