/**
 * Runs in the victim's namespace: `node paced-stream.ts ADDRESS PORT BYTES-PER-SECOND`. Sends so many bytes a second to
 * a listener that sends them back, and prints a line of JSON ten times a second: when (ms since the epoch), bytes that
 * came back so far. Ends with its stdin.
 */
import net from 'node:net';

const [address = '', port = '', rate = ''] = process.argv.slice(2);
const bytesPerMs = Number(rate) / 1000;
const PERIOD_MS = 4;
const REPORT_MS = 100;
/** What was not sent in time is made up for, up to so much: a busy machine wakes us late, which is no loss on the wire. */
const LATE_MS = 1_000;
const chunk = Buffer.alloc(16_384, 'bridgekeeper ');

const socket = net.connect({ host: address, port: Number(port) });
socket.setNoDelay(true);
let received = 0;
let failure: string | undefined;
socket.on('data', (data) => {
  received += data.length;
});
socket.on('error', (error) => {
  failure = error.message;
});
socket.on('close', () => {
  failure ??= 'closed';
});

let owed = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  owed = Math.min(owed + (now - last) * bytesPerMs, LATE_MS * bytesPerMs);
  last = now;
  while (owed > 0 && socket.writableLength < 4 * chunk.length) {
    const size = Math.min(Math.ceil(owed), chunk.length);
    socket.write(chunk.subarray(0, size));
    owed -= size;
  }
}, PERIOD_MS);
setInterval(() => {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), received, ...(failure ? { failure } : {}) })}\n`);
}, REPORT_MS);
process.stdin.resume().on('close', () => process.exit(0));
