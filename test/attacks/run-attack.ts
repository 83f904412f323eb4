import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { linkLocal } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { world } from '../kernel/network.ts';
import { type Attack, type Cast, type WatchPlace, watchPlaces } from './attack.ts';
import type { Capture, SeenFrame } from './capture.ts';
import { readFrame } from './frame.ts';
import { judgeAtUplink, judgeOnSegment } from './judge.ts';
import type { AttackLab } from './lab.ts';
import { type RunningAttack, sentBy, startAttack } from './tool.ts';
import { type AlertOutcome, AlertWatch } from './watch-alerts.ts';

/** What was found at one place. */
export interface Arrived {
  /** Frames of the attack, or that contradict the registry. */
  readonly count: number;
  /** Most of them within one second. */
  readonly busiest: number;
  /** What was wrong with the first ones. */
  readonly reasons: readonly string[];
}

export interface AttackOutcome {
  readonly attack: Attack;
  readonly guest: string;
  readonly port: string;
  /** Frames that the attacker sent, and what was wrong with the first ones. */
  readonly sent: number;
  readonly lies: readonly string[];
  readonly arrived: ReadonlyMap<WatchPlace, Arrived>;
  /** Entries of neighbour caches and of the bridge that are not what they were. */
  readonly changed: readonly string[];
  /** Share of the stream's rate that it kept. */
  readonly stream: number;
  /** What somebody who was to be harmed got instead of what was to be expected. */
  readonly harm?: string;
  readonly alert: AlertOutcome;
  readonly isolation: IsolationOutcome;
}

export interface IsolationOutcome {
  /** Frames that the attacker went on to send, and those of anything of it that arrived anywhere. */
  readonly sent: number;
  readonly arrived: readonly string[];
  readonly running: boolean;
  /** It works again when that is undone. */
  readonly undone: boolean;
}

const CALM_MS = 800;
const ATTACK_MS = 1_500;
const FIRST_FRAME_LIMIT_MS = 12_000;
const SETTLE_MS = 150;
const ISOLATED_MS = 900;
const SHOWN = 3;

/** What is wrong with a frame at a place, if anything. */
export function wrongAt(lab: AttackLab, attack: Attack, cast: Cast, place: WatchPlace | 'attacker', data: Buffer) {
  const frame = readFrame(data);
  const wrong = !frame
    ? 'a frame without a whole Ethernet header'
    : place === 'uplink'
      ? judgeAtUplink(frame, lab.facts)
      : judgeOnSegment(frame, lab.facts, place === 'victim' || place === 'neighbour');
  if (wrong !== undefined) return wrong;
  return attack.isOwn?.(data, frame, cast) ? 'a frame of the attack' : undefined;
}

/** Most frames within any one second. */
function busiestSecond(times: readonly number[]): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while ((times[last] as number) - (times[first] as number) >= 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

export function judgeAll(frames: readonly SeenFrame[], judge: (data: Buffer) => string | undefined): Arrived {
  const found = frames.flatMap(({ at, data }) => {
    const reason = judge(data);
    return reason === undefined ? [] : [{ at, reason }];
  });
  return {
    count: found.length,
    busiest: busiestSecond(found.map(({ at }) => at)),
    reasons: [...new Set(found.map(({ reason }) => reason))].slice(0, SHOWN),
  };
}

/** When the attacker put its first frame of the attack onto its interface. */
export async function firstFrame(
  own: Capture,
  running: RunningAttack,
  isWrong: (data: Buffer) => unknown,
): Promise<number> {
  const end = Date.now() + FIRST_FRAME_LIMIT_MS;
  while (Date.now() < end) {
    const first = (await own.frames()).find(({ data }) => isWrong(data) !== undefined);
    if (first) return first.at;
    await sleep(50);
  }
  const sent = await own.frames();
  const last = sent.slice(-2).map(({ data }) => data.toString('hex'));
  const said = running.told.trim() || 'nothing';
  throw new Error(
    `none of ${sent.length} frames of the attacker is of the attack (${last.join(', ')}); it says: ${said}`,
  );
}

/**
 * What is no longer known as it was. New is only an address that is at its holder, as the registry says; routes,
 * addresses of guests and entries of the bridge's table that nobody had before are not.
 */
function compareRemembered(lab: AttackLab, before: ReadonlyMap<string, string>): string[] {
  const { holders, gatewayMac, gatewayIps, sharedIps, uplinkMac, worldMac } = lab.facts;
  const rightful = new Map([
    ...[...holders].flatMap(([mac, ips]) => ips.map((ip) => [ip, mac] as const)),
    ...sharedIps.map((ip) => [ip, uplinkMac] as const),
    ...[world.ipv4, world.ipv6, linkLocal(parseMacAddress(worldMac))].map((ip) => [ip, worldMac] as const),
  ]);
  const changed: string[] = [];
  for (const [entry, now] of lab.remembered()) {
    const was = before.get(entry);
    const ip = entry.split(' ').at(-1) ?? '';
    if (was !== undefined && was !== now) changed.push(`${entry}: ${was} became ${now}`);
    // The gateway may advertise itself just now.
    const ofGateway = now === gatewayMac || gatewayIps.includes(ip);
    if (was === undefined && rightful.get(ip) !== now && !ofGateway) changed.push(`${entry}: ${now}`);
  }
  return changed;
}

/** Whoever was to be harmed still gets what he asks for. */
async function prove({ proof }: Attack, cast: Cast): Promise<{ harm?: string }> {
  if (!proof) return {};
  const [command = '', ...rest] = ['ip', 'netns', 'exec', proof.who, ...proof.command(cast)];
  const { stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8', timeout: 10_000 });
  const told = `${stdout}${stderr}`.trim();
  return proof.answer(cast).test(told)
    ? {}
    : { harm: `${proof.who} asked with ${proof.command(cast)[1]} and got: ${told}` };
}

/** Carries out one attack from `guest` and tells everything that was seen of it. */
export async function runAttack(lab: AttackLab, attack: Attack, guest = attack.name): Promise<AttackOutcome> {
  const cast = lab.cast(guest);
  const port = cast.attacker.port ?? '';
  const calmFrom = Date.now();
  const [watched, own] = await Promise.all([lab.watch(guest), lab.watchAttacker(guest)]);
  const before = lab.remembered();
  const sentBefore = Date.now();
  if (sentBefore < calmFrom + CALM_MS) await sleep(calmFrom + CALM_MS - sentBefore);
  const calmUntil = Date.now();
  const alerts = await AlertWatch.start(lab.gateway.client);
  const sentAtStart = sentBy(guest);
  const running = await startAttack(lab, attack, guest);
  try {
    const wrongOwn = (data: Buffer) => wrongAt(lab, attack, cast, 'attacker', data);
    const first = await firstFrame(own, running, wrongOwn);
    const within = attack.alertWithin ?? 1_000;
    await sleep(Math.max(0, first + ATTACK_MS - Date.now()));
    const alert = await alerts.outcome({ first, within, guest, port, expected: attack.alert });
    const until = Date.now();
    await sleep(SETTLE_MS);
    const sent = running.sent() - sentAtStart;
    const proof = await prove(attack, cast);
    const lies = judgeAll(await own.frames(), wrongOwn).reasons;
    const arrived = new Map<WatchPlace, Arrived>();
    for (const place of watchPlaces) {
      const frames = (await watched.get(place)?.frames()) ?? [];
      arrived.set(
        place,
        judgeAll(frames, (data) => wrongAt(lab, attack, cast, place, data)),
      );
    }
    const changed = compareRemembered(lab, before);
    const rate = await lab.stream.measure(first, until);
    const calm = await lab.stream.measure(calmFrom, calmUntil);
    const isolation = await isolateAttacker(lab, attack, cast, running, watched);
    return { attack, guest, port, sent, lies, arrived, changed, stream: rate / calm, alert, isolation, ...proof };
  } finally {
    await alerts.close();
    await running.stop();
    await Promise.all([...watched.values(), own].map((capture) => capture.stop()));
  }
}

/** Isolates the attacker while its tool goes on, listens for anything of it, and undoes it. */
async function isolateAttacker(
  lab: AttackLab,
  attack: Attack,
  cast: Cast,
  running: RunningAttack,
  watched: ReadonlyMap<WatchPlace, Capture>,
): Promise<IsolationOutcome> {
  const { guest, mac, ipv4 } = cast.attacker;
  const order = { guest, seconds: 600, reason: 'attack suite' };
  await lab.gateway.client.isolation.isolate(order);
  // What was on its way.
  await sleep(SETTLE_MS);
  const since = Date.now();
  const sentBefore = running.sent();
  // Honest frames too: to the victim, the gateway and the world.
  const pings = [cast.victim.ipv4, cast.gateway.ipv4, world.ipv4].map(
    (to) => `ip netns exec ${guest} busybox ping -c 2 -i 0.3 -W 1 ${to} >/dev/null 2>&1 &`,
  );
  shell(pings.join('\n'));
  await sleep(ISOLATED_MS);
  const goesOn = running.running();
  const sent = running.sent() - sentBefore;
  const arrived: string[] = [];
  for (const place of watchPlaces) {
    const frames = ((await watched.get(place)?.frames()) ?? []).filter(({ at }) => at >= since);
    for (const { data } of frames) {
      const frame = readFrame(data);
      const ofIt = frame?.source === mac || frame?.ip?.source === ipv4 || frame?.arp?.senderMac === mac;
      const reason = ofIt ? `a frame of ${guest}` : wrongAt(lab, attack, cast, place, data);
      if (reason !== undefined) arrived.push(`${place}: ${reason}`);
    }
  }
  await running.stop();
  await lab.gateway.client.isolation.undo({ guest });
  return { sent, arrived: [...new Set(arrived)].slice(0, SHOWN), running: goesOn, undone: await worksAgain(guest) };
}

/** The world answers the guest, within 10 s. */
async function worksAgain(guest: string): Promise<boolean> {
  for (let i = 0; i < 20; i++) {
    const answer = shell(
      `ip netns exec ${guest} busybox ping -c 1 -W 1 ${world.ipv4} >/dev/null 2>&1 && echo yes || echo no`,
    );
    if (answer.trim() === 'yes') return true;
    await sleep(300);
  }
  return false;
}
