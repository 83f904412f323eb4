/** The server's process: takes one request at a time from its parent, serves it in a blocking loop, reports. */
import * as libc from './libc.ts';
import { type LoadAnswer, requestSize, type ServeRequest, stopByte, streamChunk } from './messages.ts';

/** A server that hears nothing for so long gives up, so that no run hangs. */
const idleMilliseconds = 8000;

function openListener(request: ServeRequest): number {
  libc.enterNamespace(request.namespace);
  const fd = libc.must(
    libc.socket(libc.AF_INET, request.protocol === 'tcp' ? libc.SOCK_STREAM : libc.SOCK_DGRAM, 0),
    'socket',
  );
  libc.setOption(fd, libc.SOL_SOCKET, libc.SO_REUSEADDR, 1);
  libc.setTimeouts(fd, idleMilliseconds);
  libc.must(
    libc.bind(fd, libc.socketAddress(request.address, request.port), 16),
    `bind ${request.address}:${request.port}`,
  );
  if (request.protocol === 'tcp') libc.must(libc.listen(fd, 4096), 'listen');
  return fd;
}

function answerConnections(listener: number): number {
  const data = Buffer.alloc(requestSize);
  for (let served = 0; ; served++) {
    const fd = libc.accept(listener, null, null);
    if (fd < 0) return served;
    data[0] = 0;
    libc.recv(fd, data, requestSize, 0);
    libc.send(fd, data, requestSize, libc.MSG_NOSIGNAL);
    libc.close(fd);
    if (data[0] === stopByte) return served;
  }
}

function drainStream(listener: number): number {
  const fd = libc.accept(listener, null, null);
  if (fd < 0) return 0;
  const data = Buffer.alloc(streamChunk);
  let bytes = 0;
  for (;;) {
    const got = libc.recv(fd, data, streamChunk, 0);
    if (got <= 0) break;
    bytes += got;
  }
  libc.close(fd);
  return bytes;
}

function drainDatagrams(fd: number): number {
  libc.setOption(fd, libc.SOL_SOCKET, libc.SO_RCVBUF, 4 << 20);
  const data = Buffer.alloc(requestSize);
  for (let got = 0; ; got++) {
    if (libc.recv(fd, data, requestSize, 0) < 0 || data[0] === stopByte) return got;
  }
}

function serve(listener: number, request: ServeRequest): number {
  if (request.protocol === 'udp') return drainDatagrams(listener);
  return request.mode === 'drain' ? drainStream(listener) : answerConnections(listener);
}

function tell(answer: LoadAnswer, then: () => void = () => {}): void {
  process.send?.(answer, then);
}

process.on('message', (request: ServeRequest) => {
  try {
    const listener = openListener(request);
    // The loop blocks this thread, so the word that it listens must be out first.
    tell({ kind: 'ready' }, () => {
      if (request.mode === 'hold') return tell({ kind: 'served', done: 0 });
      const done = serve(listener, request);
      libc.close(listener);
      tell({ kind: 'served', done });
    });
  } catch (error) {
    tell({ kind: 'error', text: String(error) });
  }
});
