import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { AppError } from '../../errors/app-error.ts';
import { buildInitramfs, consoleDone, consoleReady, findKernel } from './initramfs.ts';

const BOOT_LIMIT_MS = 90_000;
const COMMAND_LIMIT_MS = 15_000;

export interface VirtualMachineOptions {
  /** Network namespace in which QEMU runs and makes the tap device. */
  readonly namespace: string;
  /** Name of the tap device: the NIC's port. */
  readonly port: string;
  readonly mac: string;
  /** Directory for the initramfs and the console's log. */
  readonly directory: string;
  /** Start of a command line that enters the lab, for callers outside of it. */
  readonly enter?: readonly string[];
}

/** A guest that is a real machine: QEMU's emulator (TCG, no KVM needed), Debian's kernel, busybox. */
export class VirtualMachine {
  readonly #child: ChildProcess;
  readonly #log: string;
  #console = '';

  constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#console += chunk.toString('utf8').replaceAll('\r', '');
        appendFileSync(log, chunk);
      });
    }
  }

  /** What the console has said so far. */
  get console(): string {
    return this.#console;
  }

  /** Resolves when the guest has asked for an address and takes commands. Rejects when it does not within 90 s. */
  async booted(): Promise<void> {
    await this.#waitFor(consoleReady, 0, BOOT_LIMIT_MS);
  }

  /** Runs a line of shell inside and answers what it printed, whatever its exit status. */
  async run(line: string): Promise<string> {
    const start = this.#console.length;
    this.#child.stdin?.write(`${line}\n`);
    const end = await this.#waitFor(consoleDone, start, COMMAND_LIMIT_MS);
    return this.#console.slice(start, end).trim();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #waitFor(text: string, from: number, limit: number): Promise<number> {
    const end = performance.now() + limit;
    for (;;) {
      const found = this.#console.indexOf(text, from);
      // The whole line must be there, or its rest would be taken for the next answer.
      if (found >= 0 && this.#console.indexOf('\n', found) >= 0) return found;
      const ended = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (ended || performance.now() > end) {
        const tail = this.#console.trimEnd().split('\n').slice(-15).join('\n');
        const why = ended ? 'QEMU ended' : `"${text}" was not seen within ${limit / 1000} s`;
        throw new AppError('command-failed', `virtual machine: ${why} (console in "${this.#log}")\n${tail}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Starts the machine. Its tap device goes when it ends. Rejects when the kernel or QEMU is missing. */
export async function startVirtualMachine(options: VirtualMachineOptions): Promise<VirtualMachine> {
  const kernel = await findKernel();
  const initramfs = `${options.directory}/initramfs.gz`;
  await writeFile(initramfs, await buildInitramfs(kernel.version));
  const argv = [
    ...(options.enter ?? []),
    ...['ip', 'netns', 'exec', options.namespace, 'qemu-system-x86_64'],
    ...['-M', 'q35', '-accel', 'tcg', '-m', '192', '-nodefaults', '-no-user-config', '-no-reboot'],
    ...['-display', 'none', '-serial', 'stdio', '-kernel', kernel.path, '-initrd', initramfs],
    ...['-append', 'console=ttyS0 quiet panic=-1'],
    ...['-netdev', `tap,id=port,ifname=${options.port},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=port,mac=${options.mac},romfile=`],
  ];
  const child = spawn(argv[0] as string, argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
  return new VirtualMachine(child, `${options.directory}/vm-console.log`);
}
