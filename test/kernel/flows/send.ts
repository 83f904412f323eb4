/** `node send.ts ORDER`: sends the flows of a `FlowOrder` and prints what it saw of each as JSON, one a line. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Flow, FlowOrder } from './flow.ts';

const order = JSON.parse(process.argv[2] ?? '') as FlowOrder;
const firstPort = 20_000;
const bytesOf = (index: number): number => order.bytes + (index % 100);

function readGreeting(text: string): Flow['seenAs'] {
  const [address = '', port] = text.trim().split(' ');
  return [address.replace(/^::ffff:/, ''), Number(port)];
}

async function sendTcp(index: number): Promise<Flow> {
  const begin = Date.now();
  const socket = connect({ host: order.address, port: order.port, allowHalfOpen: true });
  const [greeting] = await once(socket, 'data');
  const port = socket.localPort as number;
  const sent = bytesOf(index);
  if (order.hold) {
    await new Promise<void>((resolve) => socket.write(Buffer.alloc(sent), () => resolve()));
    holding.push(socket);
  } else {
    const ended = once(socket, 'close');
    socket.end(Buffer.alloc(sent));
    socket.resume();
    await ended;
  }
  return { protocol: 'tcp', port, seenAs: readGreeting(String(greeting)), begin, end: Date.now(), sent };
}

async function sendUdp(index: number): Promise<Flow> {
  const begin = Date.now();
  const socket = createSocket('udp4');
  // The kernel gives a port again soon, and then two flows are one session.
  await new Promise<void>((resolve) => socket.bind(firstPort + index, () => resolve()));
  const sent = bytesOf(index);
  const answer = once(socket, 'message', { signal: AbortSignal.timeout(10_000) });
  socket.send(Buffer.alloc(sent), order.port, order.address);
  const [greeting] = await answer;
  const { port } = socket.address();
  socket.close();
  return { protocol: 'udp', port, seenAs: readGreeting(String(greeting)), begin, end: Date.now(), sent };
}

const holding: unknown[] = [];
let next = 0;
async function sendSome(): Promise<void> {
  while (next < order.count) {
    const index = next++;
    const flow = await (order.protocol === 'tcp' ? sendTcp(index) : sendUdp(index));
    process.stdout.write(`${JSON.stringify(flow)}\n`);
  }
}

await Promise.all(Array.from({ length: order.width }, sendSome));
if (order.hold) process.stdout.write('held\n');
else process.exit(0);
