/** A text that is being edited: it outlives the view, so that looking elsewhere loses nothing. */
export interface SiteDraft {
  /** What was applied when the editing began, and its revision. */
  readonly base: string;
  readonly revision: number;
  readonly text: string;
  /** The revision that this very text became. It is kept all the same: on trial, that may go back. */
  readonly became?: number;
}

let draft: SiteDraft | undefined;

export const readDraft = (): SiteDraft | undefined => draft;

/** A draft that says what is applied is none. */
export function keepDraft(next: SiteDraft | undefined): void {
  draft = next !== undefined && next.text === next.base ? undefined : next;
}

/** Asks before the window is closed over a text that was not applied. */
window.addEventListener('beforeunload', (event) => {
  if (draft !== undefined && draft.became === undefined) event.preventDefault();
});
