/** Revisions that were kept or undone on this page: nobody needs to be told of them. */
const revisions = new Set<number>();

export const noteSettled = (revision: number): void => {
  revisions.add(revision);
};

export const wasSettledHere = (revision: number): boolean => revisions.has(revision);
