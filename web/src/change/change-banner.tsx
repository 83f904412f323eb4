/** Counts down while a change waits to be confirmed. Above every view. */
export function ChangeBanner() {
  return null;
}
