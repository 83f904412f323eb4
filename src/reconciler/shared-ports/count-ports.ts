import { type SharedPortMap, type SharedPortRange, sharedPortKinds } from './contract.ts';

/** Ports by what they are for; a port of several kinds counts as the first of them, whichever protocol it has. */
export function countPorts(ranges: readonly SharedPortRange[]): SharedPortMap['ports'] {
  const kinds = new Uint8Array(65_536);
  for (let kind = sharedPortKinds.length; kind > 0; kind--) {
    for (const range of ranges)
      if (range.kind === sharedPortKinds[kind - 1]) kinds.fill(kind, range.first, range.last + 1);
  }
  const counts = new Array<number>(sharedPortKinds.length + 1).fill(0);
  for (const kind of kinds) counts[kind] = (counts[kind] as number) + 1;
  const [free = 0, ...used] = counts;
  const byKind = Object.fromEntries(sharedPortKinds.map((kind, index) => [kind, used[index] ?? 0]));
  return { ...byKind, free } as SharedPortMap['ports'];
}
