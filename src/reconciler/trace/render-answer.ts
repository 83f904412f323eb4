import { renderInstant } from '../../model/instant.ts';
import { renderIpEndpoint } from '../../model/ip-endpoint.ts';
import { protocolName } from '../../model/protocols.ts';
import type { LogCoverage, TracedGuest, TraceVerdict } from './contract.ts';
import type { Asked } from './read-question.ts';

export interface Finding {
  readonly verdict: TraceVerdict;
  /** Those that the verdict is about. */
  readonly guests: readonly TracedGuest[];
  readonly sessions: number;
  readonly truncated: boolean;
  readonly log: LogCoverage;
  readonly isShared: boolean;
}

export function renderSentence(asked: Asked, finding: Finding): string {
  const { verdict, guests, log } = finding;
  const what = `${renderIpEndpoint(asked)}${asked.protocol === undefined ? '' : ` (${protocolName(asked.protocol)})`}`;
  const when = renderWhen(asked);
  const [first] = guests;
  const about = log.why === undefined ? '' : `; ${log.why}`;
  switch (verdict) {
    case 'guest':
      return `${what} ${when} was ${titleOf(first as TracedGuest)}, ${knownFrom(first as TracedGuest, finding)}.`;
    case 'several':
      return `${what} ${when} was one of ${guests.length} guests: ${guests.map((guest) => `${titleOf(guest)}${timesOf(guest)}`).join('; ')}.`;
    case 'erased':
      return `${what} ${when} was a guest of which everything has been erased since: nobody can say any more which one.`;
    case 'host':
      return finding.sessions > 0 || !finding.isShared
        ? `${what} ${when} was this host itself, no guest.`
        : `${what} ${when} was no guest: the port is one of the host's own${about}.`;
    case 'nobody':
      return `Nobody is known who was ${what} ${when}${finding.isShared && asked.port !== undefined ? ': no guest had the port, and the host does not use it' : ''}${about}.`;
  }
}

function renderWhen({ from, to }: Asked): string {
  if (to - from < 1000) return `at ${renderInstant(from)}`;
  return `between ${renderInstant(from)} and ${renderInstant(to)}`;
}

function titleOf({ guest, owner, nics }: TracedGuest): string {
  const [nic, ...others] = nics;
  const macs = nic?.macs.map(({ mac }) => mac).join(' and ');
  const own = nic && others.length === 0 ? ` (NIC ${nic.nic}${macs ? `, ${macs}` : ''})` : '';
  const all = others.length > 0 ? ` (one of its NICs ${nics.map((one) => one.nic).join(', ')})` : '';
  return `guest "${guest}"${own}${all}${owner === undefined ? '' : ` of owner "${owner}"`}`;
}

function knownFrom({ sources, by }: TracedGuest, { sessions, truncated, log }: Finding): string {
  const count = `${truncated ? 'more than ' : ''}${sessions} ${sessions === 1 ? 'session' : 'sessions'}`;
  if (sources.includes('log')) return `known from the log (${count})`;
  if (sources.includes('live')) return `known from ${count} still open`;
  const [source = 'port block'] = sources;
  const alone = source === 'address' ? `its address in segment "${by}"` : `its ${source} ${by}`;
  if (log.state === 'kept') return `known from ${alone}: the log has no session of it at that time`;
  return `known from ${alone} alone: ${log.why}`;
}

function timesOf({ since, until }: TracedGuest): string {
  if (since === undefined) return '';
  return ` (${renderInstant(since)} to ${until === undefined ? 'now' : renderInstant(until)})`;
}
