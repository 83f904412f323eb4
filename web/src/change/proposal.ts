import { useSyncExternalStore } from 'react';
import type { ApplyResult, ChangeOrder } from '../../../src/client/client.ts';

/** A change that somebody is about to make: first its plan is looked at. */
export interface Proposal {
  /** No two have the same. */
  readonly id: number;
  readonly order: ChangeOrder;
  /** What it is, for the head of the dialog. */
  readonly title: string;
  /** Why, as the history shall say unless it is changed. */
  readonly comment?: string;
  /** Ends the proposal: what was applied, or undefined when it was given up. */
  readonly settle: (result: ApplyResult | undefined) => void;
}

let current: Proposal | undefined;
let proposals = 0;
const listeners = new Set<() => void>();

function put(proposal: Proposal | undefined): void {
  current = proposal;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The proposal that is being looked at. */
export function useProposal(): Proposal | undefined {
  return useSyncExternalStore(subscribe, () => current);
}

/**
 * Shows the plan of a change and, when it is agreed to, makes the change with a countdown. Resolves with the result, or
 * with undefined when it was given up; a further proposal takes the place of one that is still looked at.
 */
function propose(
  order: ChangeOrder,
  title: string,
  { comment }: { readonly comment?: string } = {},
): Promise<ApplyResult | undefined> {
  current?.settle(undefined);
  proposals += 1;
  const id = proposals;
  return new Promise((resolve) => {
    const settle = (result: ApplyResult | undefined): void => {
      if (current?.id === id) put(undefined);
      resolve(result);
    };
    put({ id, order, title, settle, ...(comment === undefined ? {} : { comment }) });
  });
}

/** How a view changes the site: `propose` shows the plan first. */
export function useChange(): { readonly propose: typeof propose } {
  return { propose };
}
