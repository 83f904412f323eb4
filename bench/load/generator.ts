import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endWithBench } from '../gateway/end-with-bench.ts';
import type { ClientRequest, ClientResult, LoadAnswer, ServeRequest, ServeResult } from './messages.ts';

const runBound = 60_000;
const modes = { connect: 'answer', stream: 'drain', datagrams: 'answer', hold: 'hold' } as const;

function startPinned(file: string, core: number): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn('taskset', ['-c', String(core), process.execPath, path], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  // A child that is gone is noticed by its exit, where somebody waits for its answer.
  child.on('error', () => {});
  endWithBench(child);
  return child;
}

/** The pid of `ksoftirqd/<core>`: packets that the sender's own context did not finish are worked off there. */
function softirqProcess(core: number): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === `ksoftirqd/${core}`) return Number(pid);
    } catch {
      // The process ended between the listing and the reading.
    }
  }
  throw new Error(`no ksoftirqd/${core} in /proc`);
}

function nextAnswer(child: ChildProcess, bound: number): Promise<LoadAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(() => reject(new Error(`no answer from load process in ${bound} ms`))),
      bound,
    );
    const onMessage = (answer: LoadAnswer) =>
      finish(() => (answer.kind === 'error' ? reject(new Error(answer.text)) : resolve(answer)));
    const onExit = (code: number | null) => finish(() => reject(new Error(`load process ended with status ${code}`)));
    const finish = (act: () => void) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      act();
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}

/** What one run needs to know besides where the server listens. */
export type RunOrder = Omit<ClientRequest, 'processes' | 'kind'> & { readonly bound?: number };

/**
 * One client and one server process, on one core unless told otherwise. All packet work between them happens on their
 * cores, in their own time or in ksoftirqd's, so that the CPU time of these is the whole cost of the path and nothing
 * else's.
 */
export class LoadPair {
  readonly #client: ChildProcess;
  readonly #server: ChildProcess;
  readonly #processes: readonly number[];

  constructor(core: number, serverCore: number = core) {
    this.#client = startPinned('client.ts', core);
    this.#server = startPinned('server.ts', serverCore);
    this.#processes = [this.#server.pid as number, ...[...new Set([core, serverCore])].map(softirqProcess)];
  }

  /** Runs a load against a server. Rejects when either side fails or takes too long. */
  async run(
    kind: ClientRequest['kind'],
    serve: Omit<ServeRequest, 'kind' | 'mode' | 'protocol'>,
    order: RunOrder,
  ): Promise<ClientResult> {
    const bound = order.milliseconds + (order.bound ?? runBound);
    const ready = nextAnswer(this.#server, 10_000);
    this.#server.send({
      kind: 'serve',
      ...serve,
      protocol: kind === 'datagrams' ? 'udp' : 'tcp',
      mode: modes[kind],
    } satisfies ServeRequest);
    await ready;
    const served = nextAnswer(this.#server, bound);
    const result = nextAnswer(this.#client, bound);
    this.#client.send({ ...order, kind, processes: this.#processes } satisfies ClientRequest);
    const [sent, received] = (await Promise.all([result, served])) as [ClientResult, ServeResult];
    // What counts for datagrams is what arrived.
    return kind === 'datagrams' ? { ...sent, done: Math.min(sent.done, received.done) } : sent;
  }

  stop(): void {
    this.#client.kill('SIGKILL');
    this.#server.kill('SIGKILL');
  }
}
