import { AppError } from '../../errors/app-error.ts';
import { parseInstant, renderInstant } from '../../model/instant.ts';
import { bytesOfIp, type IpAddress, parseIp } from '../../model/ip-address.ts';
import { type IpEndpoint, parseIpEndpoint } from '../../model/ip-endpoint.ts';
import { parseProtocol } from '../../model/protocols.ts';
import { parseDuration } from '../../model/quantity.ts';
import type { TraceQuestion } from './contract.ts';

/** Seconds that a time may be off: what is further off is no time. */
const mostWithin = 86_400;

/** A question whose words make sense. */
export interface Asked {
  readonly address: IpAddress;
  readonly bytes: Uint8Array;
  readonly port?: number;
  readonly protocol?: number;
  readonly peer?: IpEndpoint;
  /** Any moment between the two, both included (ms since the epoch). */
  readonly from: number;
  readonly to: number;
}

/** Throws `value-invalid`: no such address, port, time, protocol; a time that is yet to come. */
export function readQuestion(question: TraceQuestion, now: number): Asked {
  const address = parseIp(question.address);
  const { port, protocol, peer } = question;
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535))
    throw new AppError('value-invalid', `port "${port}" is not a number from 1 to 65535`);
  const instant = parseInstant(question.at);
  if (instant.from > now) {
    throw new AppError(
      'value-invalid',
      `time "${question.at.trim()}" (${renderInstant(instant.from)}) is yet to come; expected one of the past: it is ${renderInstant(now)} now`,
    );
  }
  const within = question.within === undefined ? 0 : readWithin(question.within);
  return {
    address,
    bytes: bytesOfIp(address),
    from: instant.from - within,
    to: Math.min(now, instant.to + within),
    ...(port === undefined ? {} : { port }),
    ...(protocol === undefined ? {} : { protocol: parseProtocol(protocol) }),
    ...(peer === undefined ? {} : { peer: readPeer(peer, address) }),
  };
}

function readPeer(text: string, address: IpAddress): IpEndpoint {
  const peer = parseIpEndpoint(text);
  if (peer.address.includes(':') === address.includes(':')) return peer;
  throw new AppError(
    'value-invalid',
    `peer "${peer.address}" and address "${address}" are not of the same kind; expected both to be IPv4 or IPv6`,
  );
}

/** Milliseconds. */
function readWithin(text: string): number {
  const seconds = parseDuration(text);
  if (seconds <= mostWithin) return seconds * 1000;
  throw new AppError('value-invalid', `"${text}" is more than a time may be off; expected at most "24h"`);
}
