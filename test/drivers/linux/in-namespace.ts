import { spawnSync } from 'node:child_process';

/**
 * Puts the rest of a test file into user, network, mount and process namespaces of its own: the file runs itself again
 * inside, with the same streams, so that the runner sees the inner tests as if nothing had happened. Whatever is
 * started inside ends with it. Call it before the first test.
 */
export function enterNamespace(file: string): void {
  if (process.env.BK_TEST_NAMESPACE === file) return;
  const unshare = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child'];
  const inner = spawnSync(
    'setpriv',
    ['--pdeathsig', 'KILL', ...unshare, '--mount-proc', process.execPath, ...process.execArgv, file],
    { stdio: 'inherit', env: { ...process.env, BK_TEST_NAMESPACE: file } },
  );
  process.exit(inner.status ?? 1);
}
