import { AppError } from '../errors/app-error.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { FlowProtocol } from '../model/explanation.ts';
import { isIpv4 } from '../model/ip-address.ts';
import { quoteValue } from '../model/quote-value.ts';
import { refuseSpecial } from './addresses.ts';
import { findParty } from './find-party.ts';
import type { Flow } from './flow.ts';
import { type EndText, parseEnd } from './parse-end.ts';
import { publishedAs } from './published.ts';

/** A question as it was asked. */
export interface FlowQuestion {
  readonly from: string;
  readonly to: string;
  readonly protocol?: FlowProtocol;
  readonly family?: 4 | 6;
}

const familyOf = (end: EndText): 4 | 6 | undefined =>
  end.kind !== 'address' ? undefined : isIpv4(end.address) ? 4 : 6;

function chooseFamily(question: FlowQuestion, from: EndText, to: EndText): 4 | 6 {
  const [a, b] = [familyOf(from), familyOf(to)];
  const named = a ?? b;
  if (a !== undefined && b !== undefined && a !== b) {
    throw new AppError(
      'value-invalid',
      `${quoteValue(question.from)} and ${quoteValue(question.to)} are of different families; expected two IPv4 or two IPv6 addresses`,
    );
  }
  if (named !== undefined && question.family !== undefined && named !== question.family) {
    throw new AppError('value-invalid', `the addresses are IPv${named}, and IPv${question.family} was asked for`);
  }
  return named ?? question.family ?? 4;
}

function chooseProtocol(question: FlowQuestion, from: EndText, to: EndText): FlowProtocol {
  const protocol = question.protocol ?? (to.port === undefined && from.port === undefined ? 'icmp' : 'tcp');
  if (protocol === 'icmp' && (from.port ?? to.port) !== undefined) {
    const seen = to.port === undefined ? question.from : question.to;
    throw new AppError(
      'value-invalid',
      `${quoteValue(seen)} names a port, and ICMP has none; leave it out, or ask for tcp or udp`,
    );
  }
  if (protocol !== 'icmp' && to.port === undefined) {
    throw new AppError(
      'value-invalid',
      `${quoteValue(question.to)} names no port, and ${protocol} needs one to go to, such as "${question.to}:443"; without --protocol it is a ping`,
    );
  }
  return protocol;
}

/**
 * Reads the question and looks its ends up. Throws `value-invalid` for what cannot be asked, `not-found` for names and
 * addresses that are nobody's.
 */
export function findFlow(desired: DesiredState, question: FlowQuestion): Flow {
  const [fromText, toText] = [parseEnd(question.from), parseEnd(question.to)];
  const protocol = chooseProtocol(question, fromText, toText);
  const family = chooseFamily(question, fromText, toText);
  refuseSpecial(question.from, fromText, 'from');
  refuseSpecial(question.to, toText, 'to');
  const from = findParty(desired, fromText, family);
  const to = findParty(desired, toText, family);
  if (from.party.kind === 'world' && to.party.kind === 'world') {
    throw new AppError(
      'value-invalid',
      `neither ${quoteValue(question.from)} nor ${quoteValue(question.to)} is a guest or the host; what the world says to itself does not pass here`,
    );
  }
  const flow = { family, protocol, from: from.party, to: to.party, ...(from.nic ? { sender: from.nic } : {}) };
  // Who names the guest and its port wants to know how the world gets there.
  if (from.party.kind !== 'world' || toText.kind !== 'guest') return flow;
  const published = publishedAs(desired, flow);
  return published ? { ...flow, published } : flow;
}
