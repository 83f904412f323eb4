import { Worker } from 'node:worker_threads';

/**
 * Does `work` while another thread asks the daemon behind `socket` for its health every 5 ms. Answers how many
 * milliseconds each question waited for its answer.
 */
export async function watchHealth<T>(socket: string, work: () => Promise<T>): Promise<{ result: T; waits: number[] }> {
  const worker = new Worker(new URL('health-poller.ts', import.meta.url), { workerData: { socket } });
  const waits = new Promise<number[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  // The first questions find the poller's own code cold.
  await new Promise((resolve) => setTimeout(resolve, 500));
  try {
    const result = await work();
    worker.postMessage('stop');
    return { result, waits: (await waits).slice(10) };
  } finally {
    await worker.terminate();
  }
}
