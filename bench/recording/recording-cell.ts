import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineStatus } from '../../src/client/client.ts';
import { ipBatch, namespacePath } from '../gateway/cell.ts';
import { DaemonCell } from '../gateway/daemon-cell.ts';
import { runInNamespace, runTool } from '../gateway/run-tool.ts';
import { buildScenario, clientAddress, shared } from '../gateway/scenario.ts';
import { renderSite } from '../gateway/site-text.ts';
import type { LoadPair } from '../load/generator.ts';
import type { ClientResult } from '../load/messages.ts';

type Recorder = NonNullable<EngineStatus['recorder']>;

/** NICs that begin sessions, of ten guests. */
const senderCount = 100;
/** Where they send to: benchmark addresses (RFC 2544), behind a router that says nothing. */
const target = '198.18.0.1';
/** Limits that do not stand in the way, and times that end sessions soon. */
const limits =
  'limits: {sessions: 1000000, sessionsPerGuest: 3000, newSessionsPerGuest: 100000/second, portBlock: 3000, portBlocks: 1, udpUnanswered: 1s, timeWait: 1s}';
/** Seconds after the load in which the kernel tells of the last ends. */
const tailSeconds = 180;

/** Seconds of CPU that a process has used, all its threads together. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Bytes of memory that a process has had at most. */
export function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** What was seen while sessions began. */
interface LoadSeen {
  readonly sent: number;
  readonly rate: number;
  readonly seconds: number;
  readonly mostTracked: number;
}

/** A gateway of the daemon's with guests that begin as many sessions as they are asked for. */
export class RecordingCell {
  readonly daemon = new DaemonCell(buildScenario(100, 100));
  readonly #senders: { namespace: string; address: string }[] = [];

  async start(): Promise<void> {
    const { daemon } = this;
    await daemon.start();
    await this.setMode('off');
    for (let i = 0; i < senderCount; i++) {
      const { namespace, address } = daemon.plugIn(daemon.scenario.forwards[i] as never);
      this.#senders.push({ namespace, address });
    }
    ipBatch(daemon.gateway, [`route add 198.18.0.0/15 via ${clientAddress}`]);
  }

  /** Applies the site with this mode and waits until it is so. */
  async setMode(mode: 'full' | 'off'): Promise<void> {
    const site = renderSite(this.daemon.scenario).replace(/^limits: .*$/m, limits);
    await this.daemon.client.apply({ site: `${site}sessionLog: {mode: ${mode}}\n` });
    for (let tries = 0; tries < 200; tries++) {
      if ((await this.recorder()).running === (mode === 'full')) return;
      await sleep(50);
    }
    throw new Error(`the recorder is not in mode "${mode}" after 10 s`);
  }

  async recorder(): Promise<Recorder> {
    const { recorder } = await this.daemon.client.status();
    if (!recorder) throw new Error('the daemon has no recorder');
    return recorder;
  }

  tracked(): number {
    return Number(runInNamespace(this.daemon.gateway, ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']));
  }

  flush(): void {
    runInNamespace(this.daemon.gateway, ['conntrack', '-F']);
  }

  /** Begins `rate` sessions a second, from each pair an equal share; `watch` is called every second. */
  async load(
    pairs: readonly LoadPair[],
    rate: number,
    seconds: number,
    watch: () => void = () => {},
  ): Promise<LoadSeen> {
    let mostTracked = 0;
    const timer = setInterval(() => {
      mostTracked = Math.max(mostTracked, this.tracked());
      watch();
    }, 1000);
    try {
      const order = { namespace: namespacePath(this.daemon.outside), address: target, milliseconds: seconds * 1000 };
      const results: ClientResult[] = await Promise.all(
        pairs.map((pair, index) => {
          const senders = this.#senders.filter((_, number) => number % pairs.length === index);
          return pair.sendSessions({ ...order, senders, rate: rate / pairs.length });
        }),
      );
      const sent = results.reduce((sum, { done }) => sum + done, 0);
      const wall = Math.max(...results.map(({ wallNs }) => wallNs)) / 1e9;
      return { sent, rate: sent / wall, seconds: wall, mostTracked };
    } finally {
      clearInterval(timer);
    }
  }

  /** Waits until `count` reaches `sent`, or nothing has changed for 30 s, or for three minutes. Answers the last count. */
  async settle(sent: number, count: () => Promise<number>): Promise<number> {
    let last = await count();
    let same = 0;
    for (let second = 0; second < tailSeconds && last < sent && same < 30; second++) {
      await sleep(1000);
      const now = await count();
      same = now === last && this.tracked() === 0 ? same + 1 : 0;
      last = now;
    }
    return last;
  }

  /** A published port, for a load from outside. */
  inbound(): { serve: ReturnType<DaemonCell['plugIn']>; from: string; to: { address: string; port: number } } {
    const forward = this.daemon.scenario.forwards[0] as DaemonCell['scenario']['forwards'][number];
    const from = namespacePath(this.daemon.outside);
    return { serve: this.daemon.plugIn(forward), from, to: { address: shared, port: forward.port } };
  }
}

/**
 * The kernel's bound on sessions belongs to its first network namespace, where the bench was started (`isolate`). Answers
 * what puts it back.
 */
export function raiseTable(entries: number): () => void {
  const first = ['nsenter', `--net=/proc/${process.ppid}/ns/net`, 'sysctl', '-n'];
  const key = 'net.netfilter.nf_conntrack_max';
  const before = runTool([...first, key]).trim();
  if (Number(before) >= entries) return () => {};
  const set = (value: string): void => {
    runTool([...first, '-w', `${key}=${value}`]);
  };
  set(String(entries));
  const restore = (): void => set(before);
  process.once('exit', restore);
  return () => {
    process.off('exit', restore);
    restore();
  };
}
