import { setTimeout as sleep } from 'node:timers/promises';
import { type MacAddress, parseMacAddress } from '../../../model/mac-address.ts';
import { openPacketSocket, type PacketSocket } from '../../../system/packet-socket.ts';
import { openPacketTap } from '../../../system/packet-tap.ts';
import type { Sighting, WireAnswer, WireQuestion } from '../../driver.ts';
import type { Link } from './parse-sightings.ts';
import { framesOf, type Heard, readAnswer } from './questions.ts';

/** Questions in one go: the frames of more would be cut off as a storm elsewhere. */
const atOnce = 256;
/** RFC 5227 sends three probes, a second or two apart; here nobody waits that long for an address. */
const rounds = 3;
const apart = 120;
/** Milliseconds after the last round in which answers still count. */
const patience = 150;
const listenEvery = 20;

/**
 * Asks every question three times and answers who spoke up. A bridge that is not there has nobody on it. `links` must
 * be fresh: they say at which bridge an answer came in.
 */
export async function askWire(
  questions: readonly WireQuestion[],
  links: readonly Link[],
  now: () => number,
): Promise<WireAnswer[]> {
  const answers: WireAnswer[] = [];
  for (let at = 0; at < questions.length; at += atOnce) {
    answers.push(...(await askSome(questions.slice(at, at + atOnce), links, now)));
  }
  return answers;
}

async function askSome(
  questions: readonly WireQuestion[],
  links: readonly Link[],
  now: () => number,
): Promise<WireAnswer[]> {
  const byName = new Map(links.map((link) => [link.name, link]));
  const byIndex = new Map(links.map((link) => [link.index, link]));
  const own = new Set(links.flatMap(({ macs }) => macs));
  const senders = new Map<string, { socket: PacketSocket; mac: MacAddress }>();
  const asked = indexQuestions(questions);
  const answers = new Map<WireQuestion, WireAnswer>();
  const tap = openPacketTap();
  const hear = (frame: Buffer, index: number): void => {
    const heard = readAnswer(frame);
    const link = byIndex.get(index);
    if (heard === undefined || link === undefined || own.has(heard.mac as MacAddress)) return;
    const bridge = link.master ?? link.name;
    const question = asked(bridge, heard);
    // The port hears a frame before its bridge does, so the first answer is the one that names the port.
    if (question === undefined || answers.has(question)) return;
    answers.set(question, { question, sighting: sightingOf(heard, question, link.name, bridge, now()) });
  };
  try {
    for (const bridge of new Set(questions.map((question) => question.bridge))) {
      const mac = byName.get(bridge)?.macs[0];
      if (mac !== undefined) senders.set(bridge, { socket: openPacketSocket(bridge), mac: parseMacAddress(mac) });
    }
    if (senders.size === 0) return [];
    for (let round = 0; round < rounds; round++) {
      for (const question of questions) {
        const sender = senders.get(question.bridge);
        if (sender === undefined || answers.has(question)) continue;
        for (const frame of framesOf(question, sender.mac)) sender.socket.send(frame);
      }
      const until = performance.now() + (round === rounds - 1 ? patience : apart);
      while (performance.now() < until && answers.size < questions.length) {
        await sleep(listenEvery);
        tap.drain(hear);
        // What the bridge's own socket hears is the same once more; unread, it would only fill its buffer.
        for (const { socket } of senders.values()) socket.drain(() => {});
      }
    }
    return [...answers.values()];
  } finally {
    tap.close();
    for (const { socket } of senders.values()) socket.close();
  }
}

/** Which question a frame answers, if any: by the MAC address it comes from, or the IP address it claims. */
function indexQuestions(questions: readonly WireQuestion[]) {
  const index = new Map<string, WireQuestion>();
  for (const question of questions) {
    for (const address of [question.mac, question.to, question.ipv4, question.ipv6]) {
      if (address !== undefined) index.set(`${question.bridge} ${address}`, question);
    }
  }
  return (bridge: string, heard: Heard): WireQuestion | undefined =>
    index.get(`${bridge} ${heard.mac}`) ?? (heard.ip === undefined ? undefined : index.get(`${bridge} ${heard.ip}`));
}

function sightingOf(heard: Heard, question: WireQuestion, device: string, bridge: string, at: number): Sighting {
  const ip = [question.ipv4, question.ipv6].find((address) => address !== undefined && address === heard.ip);
  return { mac: heard.mac as MacAddress, kind: 'probe', device, bridge, ...(ip === undefined ? {} : { ip }), at };
}
