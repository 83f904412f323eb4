import type { TraceAnswer, TracedGuest, TracedParty, TracedSession } from '../../client/trace.ts';
import { renderInstant } from '../../model/instant.ts';
import { renderIpEndpoint } from '../../model/ip-endpoint.ts';
import { renderTable } from '../output.ts';

/** To the second, in the zone of the question and of the first sentence: who reads it may be anywhere. */
const renderMoment = (at: number): string => renderInstant(Math.floor(at / 1000) * 1000);

const timesOf = (since: number | undefined, until: number | undefined): string =>
  `${since === undefined ? 'before the log' : renderMoment(since)} to ${until === undefined ? 'now' : renderMoment(until)}`;

function guestLines({ guest, owner, nics, sources, by, since, until }: TracedGuest): string[] {
  return [
    '',
    `guest ${guest}${owner === undefined ? '' : `, owner ${owner}`}`,
    ...nics.map(({ nic, segment, macs, ipv4, ipv6 }) => {
      const addresses = macs.map(({ mac, state }) => (state === 'active' ? mac : `${mac} (${state})`));
      return `  NIC ${[nic, `segment ${segment}`, ...addresses, ipv4, ipv6].filter((part) => part).join('  ')}`;
    }),
    `  known from: ${sources.join(', ')}${by === undefined ? '' : ` (${by})`}`,
    `  ${timesOf(since, until)}`,
  ];
}

function partyText({ kind, guests, inner, public: seen }: TracedParty): string {
  const name = { guest: guests.join(' or '), host: 'host', world: '', erased: '(erased)' }[kind];
  const own = renderIpEndpoint(inner);
  return [name, own, seen === undefined ? '' : `as ${renderIpEndpoint(seen)}`].filter((part) => part).join(' ');
}

const count = (sent: number | undefined, received: number | undefined): string =>
  sent === undefined ? '-' : `${sent}/${received ?? 0}`;

function sessionRow(session: TracedSession): string[] {
  const { begin, end, endUnknown, source, protocol, from, to } = session;
  return [
    begin === undefined ? '-' : renderMoment(begin),
    end === undefined ? 'open' : `${endUnknown ? 'before ' : ''}${renderMoment(end)}`,
    protocol,
    partyText(from),
    partyText(to),
    count(session.bytesSent, session.bytesReceived),
    count(session.packetsSent, session.packetsReceived),
    source,
  ];
}

/** The sentence first, then what it rests on. */
export function renderTrace(answer: TraceAnswer): string[] {
  const { sentence, guests, sessions, truncated, notes } = answer;
  const headings = ['begin', 'end', 'protocol', 'began by', 'to', '>bytes', '>packets', 'from'];
  return [
    sentence,
    ...notes,
    ...guests.flatMap(guestLines),
    ...(sessions.length === 0 ? [] : ['', ...renderTable(headings, sessions.map(sessionRow))]),
    ...(truncated ? ['There were more; a protocol or a peer narrows them down.'] : []),
  ];
}
