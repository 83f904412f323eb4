/** The client's process: takes one request at a time from its parent, makes the load in a blocking loop, reports. */
import * as libc from './libc.ts';
import {
  type ClientRequest,
  type ClientResult,
  type LoadAnswer,
  requestSize,
  stopByte,
  streamChunk,
} from './messages.ts';

const request = Buffer.alloc(requestSize, 0x2e);
const answer = Buffer.alloc(requestSize);

class Run {
  readonly #order: ClientRequest;
  readonly #target: Buffer;
  readonly #sources: readonly Buffer[];
  #next = 0;
  failed = 0;
  failure = '';

  constructor(order: ClientRequest) {
    this.#order = order;
    this.#target = libc.socketAddress(order.address, order.port);
    this.#sources = order.sources.map((address) => libc.socketAddress(address, 0));
  }

  cpu(): number {
    return this.#order.processes.reduce((sum, pid) => sum + libc.cpuTime(pid), libc.cpuTime(0));
  }

  #fail(call: string, fd: number): false {
    this.failed++;
    this.failure ||= `${call}: errno ${libc.errno()}`;
    if (fd >= 0) libc.close(fd);
    return false;
  }

  open(kind: number): number {
    const fd = libc.must(libc.socket(libc.AF_INET, kind, 0), 'socket');
    const source = this.#sources[this.#next++ % this.#sources.length];
    if (source !== undefined) {
      libc.setOption(fd, libc.IPPROTO_IP, libc.IP_BIND_ADDRESS_NO_PORT, 1);
      libc.must(libc.bind(fd, source, 16), 'bind');
    }
    return fd;
  }

  /** One whole TCP connection: handshake, 64 bytes there, 64 bytes back, closed in order by the server, then here. */
  exchange(): boolean {
    const fd = this.open(libc.SOCK_STREAM);
    if (libc.connect(fd, this.#target, 16) < 0) return this.#fail('connect', fd);
    if (libc.send(fd, request, requestSize, libc.MSG_NOSIGNAL) < 0) return this.#fail('send', fd);
    if (libc.recv(fd, answer, requestSize, 0) < requestSize) return this.#fail('recv', fd);
    libc.close(fd);
    return true;
  }

  /** One long-lived socket; `libc.close` is the caller's. */
  connected(kind: number): number {
    const fd = this.open(kind);
    if (kind === libc.SOCK_STREAM) libc.setTimeouts(fd, 8000);
    libc.must(libc.connect(fd, this.#target, 16), 'connect');
    return fd;
  }
}

/** Nanoseconds of the monotonic clock. */
const now = (): number => Number(process.hrtime.bigint());

/** Sleeps: the server shares this core. Whoever wakes late catches up. */
function waitUntil(due: number): void {
  const left = due - now();
  if (left > 0) Atomics.wait(sleeper, 0, 0, left / 1e6);
}
const sleeper = new Int32Array(new SharedArrayBuffer(4));

function connections(order: ClientRequest, run: Run): Omit<ClientResult, 'kind' | 'failed' | 'failure'> {
  for (let i = 0; i < order.warmUp; i++) run.exchange();
  const cpu = run.cpu();
  const start = now();
  const end = start + order.milliseconds * 1e6;
  const gap = order.rate > 0 ? 1e9 / order.rate : 0;
  let done = 0;
  for (let tried = 0; ; tried++) {
    if (gap > 0) waitUntil(Math.min(start + tried * gap, end));
    if (now() >= end || run.failed > 1000) break;
    if (run.exchange()) done++;
  }
  const result = { done, wallNs: now() - start, cpuNs: run.cpu() - cpu };
  request[0] = stopByte;
  run.exchange();
  request[0] = 0x2e;
  return result;
}

function stream(order: ClientRequest, run: Run): Omit<ClientResult, 'kind' | 'failed' | 'failure'> {
  const data = Buffer.alloc(streamChunk);
  const fd = run.connected(libc.SOCK_STREAM);
  for (let i = 0; i < order.warmUp; i++) libc.must(libc.send(fd, data, streamChunk, libc.MSG_NOSIGNAL), 'send');
  const cpu = run.cpu();
  const start = now();
  const end = start + order.milliseconds * 1e6;
  let done = 0;
  while (now() < end) done += libc.must(libc.send(fd, data, streamChunk, libc.MSG_NOSIGNAL), 'send');
  const result = { done, wallNs: now() - start, cpuNs: run.cpu() - cpu };
  libc.close(fd);
  return result;
}

function datagrams(order: ClientRequest, run: Run): Omit<ClientResult, 'kind' | 'failed' | 'failure'> {
  const fd = run.connected(libc.SOCK_DGRAM);
  for (let i = 0; i < order.warmUp; i++) libc.send(fd, request, requestSize, 0);
  const cpu = run.cpu();
  const start = now();
  const end = start + order.milliseconds * 1e6;
  let done = 0;
  for (; now() < end; done++) libc.must(libc.send(fd, request, requestSize, 0), 'send');
  const result = { done, wallNs: now() - start, cpuNs: run.cpu() - cpu };
  request[0] = stopByte;
  libc.send(fd, request, requestSize, 0);
  request[0] = 0x2e;
  libc.close(fd);
  return result;
}

function hold(order: ClientRequest, run: Run): Omit<ClientResult, 'kind' | 'failed' | 'failure'> {
  const start = now();
  const count = order.count ?? 0;
  for (let i = 0; i < count; i++) run.connected(libc.SOCK_STREAM);
  return { done: count, wallNs: now() - start, cpuNs: 0 };
}

/** Ports of one address that are sent to before the next one has its turn. */
const portsPerAddress = 60_000;
const firstPort = 1024;

/** Sends so many at once, so that the sender sleeps and wakes less often than it sends. */
const atOnce = 20;

function sessions(order: ClientRequest, run: Run): Omit<ClientResult, 'kind' | 'failed' | 'failure'> {
  const sockets = (order.senders ?? []).map(({ namespace, address }) => {
    libc.enterNamespace(namespace);
    const fd = libc.must(libc.socket(libc.AF_INET, libc.SOCK_DGRAM, 0), 'socket');
    libc.must(libc.bind(fd, libc.socketAddress(address, 5000), 16), 'bind');
    return fd;
  });
  const target = libc.socketAddress(order.address, 0);
  const firstAddress = target.readUInt32BE(4);
  const cpu = run.cpu();
  const start = now();
  const end = start + order.milliseconds * 1e6;
  let done = 0;
  for (; now() < end; ) {
    if (order.rate > 0) waitUntil(Math.min(start + (done * 1e9) / order.rate, end));
    for (let i = 0; i < atOnce; i++, done++) {
      const turn = Math.floor(done / sockets.length);
      target.writeUInt16BE(firstPort + (turn % portsPerAddress), 2);
      target.writeUInt32BE(firstAddress + Math.floor(turn / portsPerAddress), 4);
      libc.must(libc.sendto(sockets[done % sockets.length] as number, request, requestSize, 0, target, 16), 'sendto');
    }
  }
  const result = { done, wallNs: now() - start, cpuNs: run.cpu() - cpu };
  for (const fd of sockets) libc.close(fd);
  return result;
}

const kinds = { connect: connections, stream, datagrams, hold, sessions };

process.on('message', (order: ClientRequest) => {
  let reply: LoadAnswer;
  try {
    libc.enterNamespace(order.namespace);
    const run = new Run(order);
    const result = kinds[order.kind](order, run);
    reply = { kind: 'result', ...result, failed: run.failed, failure: run.failure };
  } catch (error) {
    reply = { kind: 'error', text: String(error) };
  }
  process.send?.(reply);
});
