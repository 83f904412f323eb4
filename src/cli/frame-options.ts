import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FrameChoice } from '../client/mirrors.ts';
import { frameProtocols } from '../model/frame-match.ts';
import { parseDuration } from '../model/quantity.ts';
import { argument, wholeNumber } from './command-options.ts';
import { type NicName, parseNicName } from './nic-argument.ts';

/** Options that `mirror` and `capture` share. */
export interface FrameOptions {
  protocol?: FrameChoice['protocol'];
  port?: number;
  peer?: string;
  direction?: 'in' | 'out';
  rate?: number;
  for?: number;
}

const unitBytes: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

/** Reads `500k`, `12.5M`, `1G`: bytes per second. */
function parseByteRate(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([kMG]?)$/.exec(text);
  const rate = Math.round(Number(match?.[1]) * (unitBytes[match?.[2] ?? ''] ?? Number.NaN));
  if (!match || rate < 1_000) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is not a number of bytes per second, 1k or more, such as "500k" or "12.5M".`,
    );
  }
  return rate;
}

const longest = 7 * 86_400;

function parseSpan(text: string): number {
  const seconds = parseDuration(text);
  if (seconds > longest) throw new InvalidArgumentError(`${JSON.stringify(text)} is longer than 7d.`);
  return seconds;
}

/** Adds the NIC, which of its frames are meant, and the bounds. */
export function withFrames(command: Command): Command {
  return command
    .addOption(new Option('--protocol <name>', 'only frames of this protocol').choices(frameProtocols))
    .option('--port <number>', 'only TCP or UDP with this port on either side', wholeNumber(1, 65_535))
    .option('--peer <address>', 'only with this address or subnet on the other side')
    .addOption(new Option('--direction <way>', 'only what the guest is sent, or what it sends').choices(['in', 'out']))
    .option('--rate <bytes>', 'bytes per second at most, such as 500k (default 12.5M)', parseByteRate)
    .option('--for <duration>', 'end after this time (default 1h, at most 7d)', argument(parseSpan));
}

export const nicArgument = argument(parseNicName);

/** The options as the API takes them. */
export function frameChoice(
  { guest, nic }: NicName,
  options: FrameOptions,
): FrameChoice & { rate?: number; seconds?: number } {
  const { protocol, port, peer, direction, rate } = options;
  const given = { protocol, port, peer, direction, rate, seconds: options.for };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { guest, nic, ...present };
}
