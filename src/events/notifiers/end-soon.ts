/** Milliseconds that a try under way may still take: one that is cut off was perhaps taken, and is told twice then. */
const grace = 2_000;

/** Waits for what is about to end, and ends it by force when it takes too long. */
export async function endSoon(running: Promise<void> | undefined, abort: AbortController): Promise<void> {
  const late = setTimeout(() => abort.abort(), grace);
  await running;
  clearTimeout(late);
  abort.abort();
}
