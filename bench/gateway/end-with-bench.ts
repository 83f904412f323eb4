import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

const children = new Set<ChildProcess>();
const folders = new Set<string>();
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
let watching = false;

function watch(): void {
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  for (const [signal, number] of Object.entries(signals)) process.once(signal, () => process.exit(128 + number));
}

/** Whatever ends the bench ends this process with it. Namespaces go when the last process in them does. */
export function endWithBench(child: ChildProcess): void {
  watch();
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/** Whatever ends the bench removes this folder. */
export function removeWithBench(folder: string): void {
  watch();
  folders.add(folder);
}
