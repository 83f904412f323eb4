import { runCommand } from '../system/run-command.ts';

/**
 * Tells systemd that the daemon is ready (sd_notify(3)); nothing happens when systemd did not start it. Node has no
 * datagram sockets of the unix kind, so systemd-notify says it, and the unit needs NotifyAccess=all.
 * Throws `command-failed`.
 */
export async function notifySystemd(): Promise<void> {
  if (!process.env.NOTIFY_SOCKET) return;
  await runCommand(['systemd-notify', '--ready', `--pid=${process.pid}`], { timeoutMs: 5000 });
}
