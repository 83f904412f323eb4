import { connect, createServer } from 'node:net';

/**
 * Runs in the network namespace of the lab's host: `node page-relay.ts PORT` with a listening socket of the machine as
 * descriptor 3. Passes bytes between it and the daemon's TLS at 127.0.0.1:PORT in here, and understands none of them.
 */
const port = Number(process.argv[2]);
process.stdout.on('error', () => undefined);

const relay = createServer({ allowHalfOpen: true }, (outside) => {
  const inside = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  outside.pipe(inside).pipe(outside);
  // Whatever ends one of them ends the other.
  outside.on('error', () => inside.destroy()).on('close', () => inside.destroy());
  inside.on('error', () => outside.destroy()).on('close', () => outside.destroy());
});
relay.maxConnections = 256;
relay.listen({ fd: 3 }, () => process.stdout.write('ready\n'));
