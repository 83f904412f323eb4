import { writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../../errors/app-error.ts';
import { renderMirrorTarget } from '../../../model/mirror-target.ts';
import { runCommand } from '../../../system/run-command.ts';
import type { DesiredMirror, MirrorCount } from '../../driver.ts';
import { readUplink } from '../uplink.ts';
import { mirrorDevice, mirrorTable, renderMirror } from './render-mirror.ts';

/** What is there of one mirror, and at which device: another of the same name needs its rules anew. */
interface Standing {
  readonly mirror: DesiredMirror;
  readonly index: number;
  /** Of the way to its collector. */
  readonly device?: string;
}

type Collector = DesiredMirror['target'] & { readonly kind: 'collector' };

/** Our mirrors on this host: one nftables table each, and a VXLAN device for each collector. */
export class MirrorPart {
  readonly #standing = new Map<number, Standing>();
  readonly #commit: (transaction: string) => Promise<void>;

  /** `commit` hands a transaction to nftables. */
  constructor(commit: (transaction: string) => Promise<void>) {
    this.#commit = commit;
  }

  async apply(mirrors: readonly DesiredMirror[]): Promise<void> {
    if (mirrors.length === 0 || this.#standing.size === 0) await this.#sweep();
    const wanted = new Map(mirrors.map((mirror) => [mirror.id, mirror]));
    for (const id of this.#standing.keys()) if (!wanted.has(id)) await this.#remove(id);
    for (const mirror of mirrors) await this.#put(mirror);
  }

  async counts(): Promise<ReadonlyMap<number, MirrorCount>> {
    const counts = new Map<number, MirrorCount>();
    if (this.#standing.size === 0) return counts;
    const { stdout } = await runCommand(['nft', '-j', 'list', 'counters']);
    const { nftables } = JSON.parse(stdout) as {
      nftables: { counter?: { table: string; name: string; packets: number; bytes: number } }[];
    };
    for (const id of this.#standing.keys()) {
      const own = nftables.flatMap(({ counter }) => (counter?.table === mirrorTable(id) ? [counter] : []));
      const copied = own.find(({ name }) => name === 'copied');
      if (copied === undefined) continue;
      const skipped = own.find(({ name }) => name === 'skipped')?.packets ?? 0;
      counts.set(id, { packets: copied.packets, bytes: copied.bytes, skipped });
    }
    return counts;
  }

  /** What an earlier process left: nobody knows for whom it was. */
  async #sweep(): Promise<void> {
    const { stdout } = await runCommand(['nft', 'list', 'tables', 'netdev']);
    for (const [, id] of stdout.matchAll(/^table netdev bridgekeeper_mirror_(\d+)$/gm)) await this.#remove(Number(id));
    const links = (await runCommand(['ip', '-o', 'link', 'show', 'type', 'vxlan'])).stdout;
    for (const [, device] of links.matchAll(/^\d+: (bkmirror\d+):/gm)) await this.#removeDevice(device as string);
  }

  async #put(mirror: DesiredMirror): Promise<void> {
    const index = readUplink(mirror.port)?.index;
    const before = this.#standing.get(mirror.id);
    if (before && before.index === index && isDeepStrictEqual(before.mirror, mirror)) return;
    if (before) await this.#remove(mirror.id);
    if (index === undefined) return;
    const { target } = mirror;
    if (target.kind === 'interface' && readUplink(target.name) === undefined) {
      throw new AppError(
        'not-found',
        `interface "${target.name}" is not on this host; name one that \`ip link\` shows, or a collector such as "vxlan://192.0.2.7:4789/42"`,
      );
    }
    const device = target.kind === 'collector' ? await this.#deviceTo(target) : undefined;
    try {
      await this.#commit(renderMirror(mirror, device));
      // Not before its rules are there: what comes in by it is nobody's.
      if (device !== undefined) await runCommand(['ip', 'link', 'set', device, 'up']);
    } catch (error) {
      await this.#remove(mirror.id, device);
      throw error;
    }
    this.#standing.set(mirror.id, { mirror, index, ...(device === undefined ? {} : { device }) });
  }

  /** The device of another mirror to that collector, or a new one. */
  async #deviceTo(target: Collector): Promise<string> {
    const devices = new Set<string | undefined>();
    for (const { mirror, device } of this.#standing.values()) {
      if (device !== undefined && isDeepStrictEqual(mirror.target, target)) return device;
      const { target: other } = mirror;
      if (other.kind === 'collector' && other.vni === target.vni && other.port === target.port) {
        throw new AppError(
          'conflict',
          `VXLAN network ${target.vni} at port ${target.port} leads to collector "${other.address}" already, for mirror ${mirror.id}; give "${target.address}" a network of its own, such as "${renderMirrorTarget({ ...target, vni: target.vni === 0 ? 1 : target.vni - 1 })}"`,
        );
      }
      devices.add(device);
    }
    let number = 1;
    while (devices.has(mirrorDevice(number))) number++;
    const device = mirrorDevice(number);
    await this.#makeDevice(device, target);
    return device;
  }

  async #makeDevice(device: string, { address, port, vni }: Collector): Promise<void> {
    const kind = ['type', 'vxlan', 'id', String(vni), 'remote', address, 'dstport', String(port), 'nolearning'];
    await runCommand(['ip', 'link', 'add', device, ...kind, 'ttl', '64']);
    try {
      // The host itself has nothing to say there, no multicast listener report either.
      await writeFile(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, '1');
    } catch (error) {
      // Without IPv6 there is no such file.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await this.#removeDevice(device);
      throw error;
    }
  }

  /** Taking away what is not there is no mistake: with its port a chain is gone, with its target nothing is. */
  async #remove(id: number, device = this.#standing.get(id)?.device): Promise<void> {
    this.#standing.delete(id);
    const shared = [...this.#standing.values()].some((other) => other.device === device);
    // Before its table: without the rules it would let in what others send.
    if (device !== undefined && !shared) await this.#removeDevice(device);
    const table = `table netdev ${mirrorTable(id)}`;
    await this.#commit(`add ${table}\ndelete ${table}\n`);
  }

  async #removeDevice(device: string): Promise<void> {
    if (readUplink(device as DesiredMirror['port']) !== undefined) await runCommand(['ip', 'link', 'delete', device]);
  }
}
