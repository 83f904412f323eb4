import { blocksOf, type FurtherBlock, type GuestAssignment } from '../../model/assignments.ts';
import type { PortRange } from '../../model/port-range.ts';
import type { Limits } from '../../model/site.ts';
import type { PortUse } from './count-use.ts';

/** Percent of a guest's ports with a session each from which on it needs more, and up to which it needs less. */
const growFrom = 60;
const shrinkTo = 30;
/** Milliseconds in which a guest would have done with a block less before it takes no new sessions. */
const calmFor = 600_000;

/** What happened to the blocks of a guest. */
export interface BlockStep {
  readonly kind: 'grow' | 'close' | 'give back';
  readonly block: PortRange;
}

/** What is remembered of a guest with several blocks: since when one less would have done (by a clock that only goes on). */
export type Calm = Map<string, number>;

/** What the blocks of one guest become after a look at their use; undefined when they stay as they are. */
export function nextBlocks(
  held: GuestAssignment,
  use: PortUse,
  limits: Pick<Limits, 'portBlock' | 'portBlocks'>,
  surroundings: {
    readonly calm: Calm;
    readonly now: number;
    readonly free: (held: GuestAssignment) => PortRange | undefined;
  },
): { readonly held: GuestAssignment; readonly steps: readonly BlockStep[] } | undefined {
  const { calm, now, free } = surroundings;
  const all = blocksOf(held);
  const open = all.filter(({ closing }) => !closing);
  const used = use.most(open);
  const wanted = Math.min(limits.portBlocks, Math.ceil((used * 100) / growFrom / limits.portBlock));
  const enough = open.length > 1 && used * 100 <= shrinkTo * (open.length - 1) * limits.portBlock;
  if (!enough) calm.delete(held.guest);
  else if (!calm.has(held.guest)) calm.set(held.guest, now);
  const steps: BlockStep[] = [];
  let more: readonly FurtherBlock[] = held.more ?? [];
  const settle = (next: readonly FurtherBlock[], kind: BlockStep['kind'], block: PortRange): void => {
    more = next;
    steps.push({ kind, block });
  };
  const grown = (): GuestAssignment => withFurther(held, more);
  for (let count = open.length; count < wanted; count++) {
    // One that was on its way back is the first to be taken again: its sessions are the guest's still.
    const closing = more.findIndex((block) => block.closing);
    const found = closing >= 0 ? (more[closing] as PortRange) : free(grown());
    if (found === undefined) break;
    const block = { first: found.first, last: found.last };
    settle(closing >= 0 ? more.with(closing, block) : [...more, block], 'grow', block);
  }
  if (steps.length === 0 && enough && now - (calm.get(held.guest) ?? now) >= calmFor) {
    const last = more.findLastIndex((block) => !block.closing);
    const { first, last: end } = more[last] as FurtherBlock;
    settle(more.with(last, { first, last: end, closing: true }), 'close', { first, last: end });
  }
  for (const block of more) {
    // Only of those that were closing at the last look: a packet may be on its way through the rules of before.
    if (!block.closing || !all.includes(block) || use.all(block) > 0) continue;
    settle(
      more.filter((other) => other !== block),
      'give back',
      block,
    );
  }
  return steps.length === 0 ? undefined : { held: grown(), steps };
}

function withFurther({ more: _, ...held }: GuestAssignment, more: readonly FurtherBlock[]): GuestAssignment {
  return more.length === 0 ? held : { ...held, more };
}
