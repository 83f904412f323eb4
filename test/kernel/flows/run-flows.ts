import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../../reconciler/open-engine.ts';
import type { Flow, FlowOrder } from './flow.ts';

function startIn(scope: Scope, namespace: string, script: string, argument: string): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, path, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  scope.after(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Starts who answers flows in a namespace, on one port over TCP and UDP. */
export async function startAnswers(scope: Scope, namespace: string, port: number): Promise<void> {
  const child = startIn(scope, namespace, 'answer.ts', String(port));
  if (!child.stdout) throw new Error('there is no output to read');
  await once(child.stdout, 'data');
}

/** Sends flows from a namespace and answers what was seen of each. With `hold`, resolves when all are open. */
export async function sendFlows(scope: Scope, namespace: string, order: FlowOrder): Promise<Flow[]> {
  const child = startIn(scope, namespace, 'send.ts', JSON.stringify(order));
  if (!child.stdout) throw new Error('there is no output to read');
  const flows: Flow[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'held') break;
    flows.push(JSON.parse(line) as Flow);
  }
  if (flows.length !== order.count) throw new Error(`${flows.length} of ${order.count} flows came from "${namespace}"`);
  return flows;
}
