import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AppError } from '../../errors/app-error.ts';
import { runCommand } from '../../system/run-command.ts';
import { type ArchiveEntry, fileMode, renderArchive } from './cpio-archive.ts';

/** Drivers that the guest needs on QEMU's q35 board. */
const drivers = ['virtio_pci', 'virtio_net'] as const;

/** Said on the console when the guest listens for commands, and after each of them. */
export const consoleReady = '=== ready';
export const consoleDone = '=== status';

/** Debian's stock kernel (not the cloud one, which has fewer drivers): the newest that is installed and readable. */
export async function findKernel(directory = '/boot'): Promise<{ path: string; version: string }> {
  const names = (await readdir(directory))
    .filter((name) => /^vmlinuz-.*-amd64$/.test(name) && !name.includes('cloud'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const name = names.at(-1);
  if (name === undefined) {
    throw new AppError(
      'unsupported',
      `no kernel "vmlinuz-*-amd64" is in "${directory}"; apt-get install linux-image-amd64`,
    );
  }
  return { path: `${directory}/${name}`, version: name.replace('vmlinuz-', '') };
}

async function listModules(version: string): Promise<string[]> {
  const argv = ['modprobe', '--set-version', version, '--show-depends', '--all', ...drivers];
  const { stdout } = await runCommand(argv);
  return [...new Set([...stdout.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] as string))];
}

const dhcpScript = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router"
echo "dhcp: $ip/$mask router=$router dns=$dns domain=$domain lease=$lease"
`;

/** Tells whoever asks over HTTP who answers and as whom he is seen; the same words as the lab's agents. */
const greetScript = `#!/bin/sh
peer=\${REMOTE_ADDR#[}; peer=\${peer%]}
printf 'Content-Type: application/json\\r\\n\\r\\n{"name":"vm","peer":"%s","peerPort":%s}\\n' "\${peer#::ffff:}" "\${REMOTE_PORT:-0}"
`;

const renderInit = (modules: readonly string[]): string => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
${modules.map((module) => `insmod /modules/${module}`).join('\n')}
ip link set lo up
ip link set eth0 up
udhcpc -i eth0 -f -n -q -t 20 -T 1 -s /dhcp.sh
httpd -p 80 -h /www
stty -echo
echo "${consoleReady}"
while read -r line; do
  eval "$line"
  echo "${consoleDone} $?"
done
poweroff -f
`;

/** The whole root file system of the guest: busybox, the drivers, and what it does. Gzipped. */
export async function buildInitramfs(version: string, busybox = '/bin/busybox'): Promise<Buffer> {
  const paths = await listModules(version);
  const modules: ArchiveEntry[] = await Promise.all(
    paths.map(async (path) => ({
      path: `modules/${basename(path)}`,
      mode: fileMode.file,
      data: await readFile(path),
    })),
  );
  const directories = ['bin', 'dev', 'etc', 'modules', 'proc', 'sys', 'tmp', 'www', 'www/cgi-bin'];
  const script = (path: string, text: string): ArchiveEntry => ({
    path,
    mode: fileMode.executable,
    data: Buffer.from(text),
  });
  const archive = renderArchive([
    ...directories.map((path) => ({ path, mode: fileMode.directory })),
    { path: 'dev/console', mode: fileMode.device, device: [5, 1] },
    { path: 'bin/busybox', mode: fileMode.executable, data: await readFile(busybox) },
    ...modules,
    script('init', renderInit(paths.map((path) => basename(path)))),
    script('dhcp.sh', dhcpScript),
    script('www/cgi-bin/who', greetScript),
  ]);
  return gzipSync(archive, { level: 1 });
}
