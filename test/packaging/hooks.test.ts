import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const [old, fresh] = ['02:1a:3f:00:00:01', '02:1a:3f:77:00:02'];
const hookOf = (name: string): string => fileURLToPath(new URL(`../../examples/hooks/${name}`, import.meta.url));

/** Runs a hook with a stand-in for the tool of the virtualization, which notes what it was asked for. */
function runHook(t: { after(clean: () => void): void }, name: string, tool: string, answers: string) {
  const directory = mkdtempSync(join(tmpdir(), 'bk-hook-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const script = `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done >>${directory}/asked; echo -- >>${directory}/asked\n${answers}\n`;
  writeFileSync(join(directory, tool), script);
  chmodSync(join(directory, tool), 0o755);
  const result = spawnSync(hookOf(name), ['web1', '0', 'bkp-web1.0', old, fresh], {
    encoding: 'utf8',
    env: { PATH: `${directory}:${process.env.PATH}` },
  });
  const asked = readFileSync(join(directory, 'asked'), 'utf8')
    .split('--\n')
    .map((call) => call.trim());
  return { ...result, asked, file: (path: string) => readFileSync(join(directory, path), 'utf8') };
}

const virsh = (state: string, exitCode: number): string => `
case $1 in
dumpxml) echo "<domain><interface type='bridge'><mac address='${old.toUpperCase()}'/></interface></domain>" ;;
define) cat "$2" >"$(dirname "$0")/defined" ;;
domstate) echo "${state}" ;;
qemu-agent-command)
  case $3 in
  *guest-exec-status*) echo '{"return":{"exitcode":${exitCode},"exited":true}}' ;;
  *) echo '{"return":{"pid":4711}}' ;;
  esac ;;
esac`;

test('the hook for libvirt writes the new address for the next start and has the guest agent set it now', (t) => {
  const { status, stderr, asked, file } = runHook(t, 'libvirt', 'virsh', virsh('running', 0));
  assert.equal(status, 0, stderr);
  assert.match(file('defined'), new RegExp(`<mac address='${fresh}'/>`));
  const orders = asked.flatMap((call) => (call.startsWith('qemu-agent-command') ? [call.split('\n')[2] ?? ''] : []));
  const [execute, ask] = orders.map((order) => JSON.parse(order));
  assert.equal(execute.execute, 'guest-exec');
  assert.equal(execute.arguments.path, '/bin/sh');
  const [option, script] = execute.arguments.arg;
  assert.equal(option, '-c');
  assert.equal(spawnSync('sh', ['-n', '-c', script]).status, 0, script);
  assert.ok(script.includes(`ip link set dev \${d##*/} address ${fresh}`), script);
  assert.deepEqual(ask, { execute: 'guest-exec-status', arguments: { pid: 4711 } });
});

test('the hook for libvirt fails when the guest agent does, and asks no agent of a machine that is off', (t) => {
  const failed = runHook(t, 'libvirt', 'virsh', virsh('running', 1));
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /the guest agent of web1 could not change the MAC address/);
  const off = runHook(t, 'libvirt', 'virsh', virsh('shut off', 1));
  assert.equal(off.status, 0, off.stderr);
  assert.ok(off.asked.every((call) => !call.startsWith('qemu-agent-command')));
});

test('the hook for Incus writes the new address for the next start and sets it in a running instance', (t) => {
  const running = runHook(t, 'incus', 'incus', '[ "$1" = list ] && echo RUNNING; exit 0');
  assert.equal(running.status, 0, running.stderr);
  assert.deepEqual(
    running.asked.filter((call) => !call.startsWith('list')).map((call) => call.replaceAll('\n', ' ')),
    [
      `config set web1 volatile.eth0.hwaddr ${fresh}`,
      // Splitting at the separator takes the "--" of the command for one, too.
      'exec web1',
      `ip link set dev eth0 address ${fresh}`,
      '',
    ],
  );
  const stopped = runHook(t, 'incus', 'incus', '[ "$1" = list ] && echo STOPPED; exit 0');
  assert.equal(stopped.status, 0);
  assert.ok(stopped.asked.every((call) => !call.startsWith('exec')));
});
