import { deepEqual, equal, ok } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { listeningPorts, parseSockets } from '../../src/system/listening-ports.ts';

test('what this process listens on is found with address, port, process id and name', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = createSocket('udp6').bind(0, '::1');
  await once(socket, 'listening');
  try {
    const ports = await listeningPorts();
    const { port } = server.address() as AddressInfo;
    const found = ports.find((entry) => entry.protocol === 'tcp' && entry.port === port);
    deepEqual([found?.address, found?.pid], ['127.0.0.1', process.pid]);
    ok((found?.process ?? '') !== '');
    const datagrams = ports.find((entry) => entry.protocol === 'udp' && entry.port === socket.address().port);
    deepEqual([datagrams?.address, datagrams?.pid], ['::1', process.pid]);
  } finally {
    server.close();
    socket.close();
  }
});

test('connections are no listeners', () => {
  const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const rest = '00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0';
  const text = `${header}   0: 0100007F:1F90 00000000:0000 0A ${rest}\n   1: 0100007F:1F91 0100007F:C001 01 ${rest}\n`;
  deepEqual(parseSockets('tcp', text), [{ protocol: 'tcp', address: '127.0.0.1', port: 8080, inode: 4242 }]);
  equal(parseSockets('tcp', header).length, 0);
});
