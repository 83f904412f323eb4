/**
 * How the lab keeps away from the machine: user (unless root), network, mount and process namespaces of its own, and
 * a file system of its own over /run, so that nothing is left behind however the lab ends.
 */

/**
 * Runs as process 1 of the new process namespace. Prints its process id on the machine (read from the machine's
 * /proc before that is covered), and then waits: for ever, reaping what is orphaned, since a process that nobody
 * reaps looks alive. When it ends the kernel ends every process of the lab.
 */
const firstProcess = `
cd -P /proc/self && outer=\${PWD#/proc/} && cd / || exit 70
mount -t proc proc /proc && mount -t tmpfs -o mode=755 tmpfs /run || exit 71
echo "$outer"
trap 'exit 0' TERM
while :; do sleep 3600 & wait $!; done
`;

/** Command that makes the namespaces; its first line of output is the process id to enter them by. */
export function renderHolderCommand(options: { root: boolean; dieWithParent: boolean }): string[] {
  return [
    ...(options.dieWithParent ? ['setpriv', '--pdeathsig', 'KILL'] : ['setsid']),
    'unshare',
    ...(options.root ? [] : ['--user', '--map-root-user']),
    ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--', 'sh', '-c', firstProcess],
  ];
}

/** Start of a command line that runs something inside. `as` is who runs it: a lab of root has no user namespace. */
export function renderEnterCommand(lab: { pid: number; userNamespace: boolean }, as: 'root' | 'user'): string[] {
  const user = lab.userNamespace ? ['--user', ...(as === 'user' ? ['--preserve-credentials'] : [])] : [];
  return ['nsenter', '--target', String(lab.pid), ...user, '--mount', '--net', '--pid'];
}
