/** A process that sends datagrams, each of them a new session if it shall be, until it is stopped. */
import * as libc from './libc.ts';
import type { FloodAnswer, FloodRequest } from './messages.ts';

const data = Buffer.alloc(18, 0x2e);
/** Datagrams between two looks at what the parent says, and milliseconds between two turns of a paced flood. */
const chunk = 200;
const turn = 10;
const firstPort = 1024;
let sent = 0;
let stopped = false;

function send(fd: number, targets: readonly Buffer[], count: number): void {
  for (let i = 0; i < count; i++) {
    // What is refused on the way is not told to the sender.
    if (libc.connect(fd, targets[(sent + i) % targets.length] as Buffer, 16) === 0) libc.send(fd, data, data.length, 0);
  }
  sent += count;
}

function flood(fd: number, targets: readonly Buffer[], rate: number, start: number): void {
  send(fd, targets, rate === 0 ? chunk : Math.max(0, Math.round(((performance.now() - start) / 1000) * rate) - sent));
  if (stopped) process.send?.({ kind: 'flooded', sent } satisfies FloodAnswer, () => process.exit(0));
  else if (rate === 0) setImmediate(() => flood(fd, targets, rate, start));
  else setTimeout(() => flood(fd, targets, rate, start), turn);
}

process.on('message', (request: FloodRequest) => {
  if (request.kind === 'stop') {
    stopped = true;
    return;
  }
  libc.enterNamespace(request.namespace);
  const fd = libc.must(libc.socket(libc.AF_INET, libc.SOCK_DGRAM, 0), 'socket');
  libc.must(libc.bind(fd, libc.socketAddress(request.source, 40_000), 16), `bind ${request.source}`);
  const targets = Array.from({ length: request.ports }, (_, i) => libc.socketAddress(request.address, firstPort + i));
  process.send?.({ kind: 'ready' } satisfies FloodAnswer);
  flood(fd, targets, request.rate, performance.now());
});
