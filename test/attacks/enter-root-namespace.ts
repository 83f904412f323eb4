import { spawnSync } from 'node:child_process';

/**
 * Puts the rest of a file into network, mount and process namespaces of its own, as `enterNamespace` does, but without
 * a user namespace: tcpdump, ettercap and dnsmasq change their user, which a namespace with one user does not let them.
 * Ends the process with status 2 when this is not root.
 */
export function enterRootNamespace(file: string): void {
  if (process.env.BK_TEST_NAMESPACE === file) return;
  if (process.getuid?.() !== 0) {
    process.stderr.write(
      'The attack suite needs root: real attackers change their user, which a user namespace refuses.\n',
    );
    process.exit(2);
  }
  const unshare = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const inner = spawnSync('setpriv', ['--pdeathsig', 'KILL', ...unshare, process.execPath, ...process.execArgv, file], {
    stdio: 'inherit',
    env: { ...process.env, BK_TEST_NAMESPACE: file },
  });
  process.exit(inner.status ?? 1);
}
