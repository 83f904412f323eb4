import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endWithBench } from '../gateway/end-with-bench.ts';
import type { ClientRequest, ClientResult, LoadAnswer, ServeRequest, ServeResult } from './messages.ts';

const runBound = 60_000;
const modes = { connect: 'answer', stream: 'drain', datagrams: 'answer', hold: 'hold' } as const;
type Served = keyof typeof modes;

/** A Node process of this folder on one core, with a channel for messages. */
export function startPinned(file: string, core: number): ChildProcess {
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

/** What a load process says next. Rejects when it fails, ends, or says nothing for `bound` milliseconds. */
export function nextAnswer<Answer extends { kind: string } = LoadAnswer>(
  child: ChildProcess,
  bound: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(() => reject(new Error(`no answer from load process in ${bound} ms`))),
      bound,
    );
    const onMessage = (answer: Answer) =>
      finish(() => (answer.kind === 'error' ? reject(new Error(JSON.stringify(answer))) : resolve(answer)));
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
    kind: Served,
    serve: Omit<ServeRequest, 'kind' | 'mode' | 'protocol'>,
    order: RunOrder,
  ): Promise<ClientResult> {
    const bound = order.milliseconds + (order.bound ?? runBound);
    const ready = nextAnswer<LoadAnswer>(this.#server, 10_000);
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

  /** Sends datagrams that nobody answers, each a session of its own. */
  async sendSessions(order: Omit<RunOrder, 'sources' | 'port' | 'warmUp'>): Promise<ClientResult> {
    const result = nextAnswer(this.#client, order.milliseconds + runBound);
    const rest = { sources: [], port: 0, warmUp: 0, processes: this.#processes };
    this.#client.send({ ...order, ...rest, kind: 'sessions' } satisfies ClientRequest);
    return (await result) as ClientResult;
  }

  stop(): void {
    this.#client.kill('SIGKILL');
    this.#server.kill('SIGKILL');
  }
}
