import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Scope } from '../../reconciler/open-engine.ts';

/** A Python interpreter with scapy in a network namespace, for packets that no socket makes. */
export interface NamespaceShell {
  /** Runs code and answers its last expression. Rejects with what Python raised. */
  run<Result = unknown>(code: string): Promise<Result>;
}

/** Starts one; it ends with the scope. */
export function startShell(scope: Scope, namespace: string): NamespaceShell {
  const script = new URL('namespace-shell.py', import.meta.url).pathname;
  const child = spawn('ip', ['netns', 'exec', namespace, '/usr/bin/python3', '-u', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  scope.after(async () => {
    child.stdin.end();
    if (child.exitCode === null)
      await Promise.race([once(child, 'exit'), new Promise((done) => setTimeout(done, 2_000))]);
    child.kill('SIGKILL');
  });
  const run = async (code: string): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify({ code })}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`the Python of namespace "${namespace}" has ended`);
    const { result, failure } = JSON.parse(value) as { result?: unknown; failure?: string };
    if (failure !== undefined) throw new Error(`${namespace}: ${failure} in\n${code}`);
    return result;
  };
  return {
    run<Result>(code: string) {
      const result = last.then(() => run(code));
      last = result.catch(() => undefined);
      return result as Promise<Result>;
    },
  };
}
