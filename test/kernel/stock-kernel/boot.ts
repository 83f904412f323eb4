import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ArchiveEntry, fileMode, renderArchive } from '../../../src/lab/vm/cpio-archive.ts';
import { findKernel } from '../../../src/lab/vm/initramfs.ts';
import { runCommand } from '../../../src/system/run-command.ts';

const drivers = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

/**
 * This machine's root file system, read-only over 9p with an overlay in memory, becomes the root of the guest. The
 * kernel asks /sbin/modprobe of the first root for modules, so that one hands on to the real one.
 */
const renderInit = (modules: readonly string[], command: string): string => `#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc p /proc; $B mount -t sysfs s /sys; $B mount -t devtmpfs d /dev
${modules.map((name) => `$B insmod /mods/${name}`).join('\n')}
$B mkdir -p /lower /upper /new /tmp
$B mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose host /lower
$B mount -t tmpfs t /upper; $B mkdir /upper/u /upper/w
$B mount -t overlay -o lowerdir=/lower,upperdir=/upper/u,workdir=/upper/w o /new
for d in proc sys dev run; do $B mkdir -p /new/$d; done
$B mount -t proc p /new/proc; $B mount -t sysfs s /new/sys; $B mount -t devtmpfs d /new/dev; $B mount -t tmpfs r /new/run
$B chroot /new /bin/bash -c '${command}'
echo "=== exit $?"
$B poweroff -f
`;

const modprobe = '#!/bin/busybox sh\nexec /bin/busybox chroot /new /sbin/modprobe "$@"\n';

async function buildInitramfs(version: string, command: string): Promise<Buffer> {
  const { stdout } = await runCommand(['modprobe', '--set-version', version, '--show-depends', '--all', ...drivers]);
  const paths = [...new Set([...stdout.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] as string))];
  const directory = (path: string): ArchiveEntry => ({ path, mode: fileMode.directory });
  const executable = (path: string, data: Buffer): ArchiveEntry => ({ path, mode: fileMode.executable, data });
  const modules = await Promise.all(
    paths.map(async (path) => ({ path: `mods/${basename(path)}`, mode: fileMode.file, data: await readFile(path) })),
  );
  const names = paths.map((path) => basename(path));
  return gzipSync(
    renderArchive([
      ...['bin', 'sbin', 'mods', 'proc', 'sys', 'dev'].map(directory),
      { path: 'dev/console', mode: fileMode.device, device: [5, 1] },
      executable('bin/busybox', await readFile('/bin/busybox')),
      executable('sbin/modprobe', Buffer.from(modprobe)),
      executable('init', Buffer.from(renderInit(names, command))),
      ...modules,
    ]),
  );
}

/** Boots Debian's stock kernel under QEMU (TCG), runs a command as root on this root file system, answers its console. */
export async function runOnStockKernel(
  command: string,
  timeoutMs: number,
): Promise<{ version: string; output: string }> {
  const kernel = await findKernel();
  const directory = await mkdtemp(join(tmpdir(), 'bk-stock-'));
  try {
    const initramfs = join(directory, 'initramfs.gz');
    await writeFile(initramfs, await buildInitramfs(kernel.version, command));
    const argv = [
      ...[
        '-M',
        'q35',
        '-accel',
        'tcg,thread=multi',
        '-smp',
        '2',
        '-m',
        '2048',
        '-nographic',
        '-no-reboot',
        '-nic',
        'none',
      ],
      ...['-kernel', kernel.path, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1'],
      ...['-fsdev', 'local,id=h,path=/,security_model=none,readonly=on,multidevs=remap'],
      ...['-device', 'virtio-9p-pci,fsdev=h,mount_tag=host'],
    ];
    return { version: kernel.version, output: await collect('qemu-system-x86_64', argv, timeoutMs) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function collect(program: string, argv: readonly string[], timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString());
    });
  });
}
