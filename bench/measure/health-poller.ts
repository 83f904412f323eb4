/** Worker thread: asks the daemon for its health again and again, on an event loop of its own. */
import { request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** Milliseconds between two questions. */
const pause = 5;
const { socket } = workerData as { socket: string };
const waits: number[] = [];
let stopping = false;

function ask(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const start = performance.now();
  const call = request({ socketPath: socket, path: '/v1/health', headers: { host: 'bridgekeeper' } }, (response) => {
    response.resume();
    response.on('end', () => resolve(performance.now() - start));
  });
  call.on('error', reject);
  call.end();
  return promise;
}

parentPort?.on('message', () => {
  stopping = true;
});
while (!stopping) {
  waits.push(await ask());
  await new Promise((resolve) => setTimeout(resolve, pause));
}
parentPort?.postMessage(waits);
