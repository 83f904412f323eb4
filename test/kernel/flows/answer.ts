/** `node answer.ts PORT`: greets whoever comes, over TCP and over UDP on IPv4, with the address and port that it sees of them. */

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const port = Number(process.argv[2]);

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.write(`${socket.remoteAddress} ${socket.remotePort}\n`);
  socket.resume();
  socket.on('end', () => socket.end());
});
const udp = createSocket('udp4', (_, { address, port: from }) => udp.send(`${address} ${from}\n`, from, address));
server.listen(port, '::', 16_384, () => udp.bind(port, '0.0.0.0', () => process.stdout.write('ready\n')));
