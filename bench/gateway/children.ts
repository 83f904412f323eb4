import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();
let watching = false;
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Whatever ends the bench ends this process with it. Namespaces go when the last process in them does. */
export function endWithBench(child: ChildProcess): void {
  if (!watching) {
    watching = true;
    process.once('exit', () => {
      for (const one of children) one.kill('SIGKILL');
    });
    for (const [signal, number] of Object.entries(signals)) process.once(signal, () => process.exit(128 + number));
  }
  children.add(child);
  child.once('exit', () => children.delete(child));
}
