/**
 * Does work that ends soon after its signal fires: with `signal`, or after `time` milliseconds, when `late` answers true.
 * Nothing of it stays behind; of AbortSignal.timeout the timer would, of each of thousands of messages.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  time: number,
  work: (signal: AbortSignal, late: () => boolean) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  let late = false;
  const stop = (): void => either.abort();
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, time);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await work(either.signal, () => late);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
