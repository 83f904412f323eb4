import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors/app-error.ts';
import type { AgentOperations } from './agent.ts';

type Answer<Operation extends keyof AgentOperations> = Awaited<ReturnType<AgentOperations[Operation]>>;

const ANSWER_LIMIT_MS = 15_000;
const agentPath = fileURLToPath(new URL('./agent.ts', import.meta.url));

/** A process in a guest's (or the host's, or the world's) network namespace that does what the checks ask for. */
export interface Agent {
  readonly name: string;
  /** Rejects with `command-failed` when the operation fails, the agent is gone, or no answer came within 15 s. */
  call<Operation extends keyof AgentOperations>(
    operation: Operation,
    argument: Parameters<AgentOperations[Operation]>[0],
  ): Promise<Answer<Operation>>;
  close(): Promise<void>;
}

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: AppError) => void;
  timer: NodeJS.Timeout;
}

class AgentProcess implements Agent {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #complaints = '';

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString('utf8')).slice(-2000);
    });
    child.on('close', () => {
      for (const id of this.#waiting.keys()) this.#settle(id, 'the agent ended');
    });
    child.stdin?.on('error', () => undefined);
  }

  /** Resolves when the agent says that it is ready. */
  async start(): Promise<void> {
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    const ready = once(lines, 'line');
    const ended = once(this.#child, 'close').then(() => {
      throw this.#failure('did not start');
    });
    await Promise.race([ready, ended]);
    ended.catch(() => undefined);
    lines.on('line', (line) => {
      const answer = JSON.parse(line) as { id: number; result?: unknown; failure?: string };
      this.#settle(answer.id, answer.failure, answer.result);
    });
  }

  call<Operation extends keyof AgentOperations>(
    operation: Operation,
    argument: Parameters<AgentOperations[Operation]>[0],
  ): Promise<Answer<Operation>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id, `no answer to "${operation}" within 15 s`), ANSWER_LIMIT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      if (this.#child.exitCode !== null) this.#settle(id, 'the agent ended');
      else this.#child.stdin?.write(`${JSON.stringify({ id, operation, argument })}\n`);
    });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 1000);
    await ended;
    clearTimeout(timer);
  }

  #settle(id: number, failure: string | undefined, result?: unknown): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (failure === undefined) waiting.resolve(result as never);
    else waiting.reject(this.#failure(failure));
  }

  #failure(reason: string): AppError {
    const complaints = this.#complaints.trim();
    return new AppError('command-failed', `lab agent "${this.name}": ${reason}${complaints ? `\n${complaints}` : ''}`);
  }
}

/**
 * Starts an agent in the named network namespace and waits until it is ready. `enter` is the start of a command line
 * that enters the lab, for callers outside of it.
 */
export async function startAgent(namespace: string, enter: readonly string[] = []): Promise<Agent> {
  const argv = [...enter, 'ip', 'netns', 'exec', namespace, process.execPath, agentPath, namespace];
  const child = spawn(argv[0] as string, argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
  child.on('error', () => undefined);
  const agent = new AgentProcess(namespace, child);
  await agent.start();
  return agent;
}
