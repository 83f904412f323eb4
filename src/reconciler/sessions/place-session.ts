import { shareIdOf } from '../../model/same-address.ts';
import { End, SessionFlag, type SessionRecords } from '../../model/session-record.ts';
import type { SessionDirection } from '../../model/session-words.ts';

import type { SiteNames } from './site-names.ts';

/** Where a session belongs in the site. One object for all of them: `placeSession` writes into it. */
export interface Placing {
  direction: SessionDirection;
  /** The NIC that is told of: who began it, or, where that is no guest, the one that was called. Index into `nics`. */
  nic: number;
  /** The NIC that was called, of a session between two; -1 otherwise. */
  other: number;
  /** Forward that it came by, or -1. */
  forward: number;
  /** Between two guests of one segment, without translation: the host may see it, but does not stand between. */
  bridged: boolean;
}

const translated = SessionFlag.sourceTranslated | SessionFlag.destinationTranslated;

export const newPlacing = (): Placing => ({ direction: 'out', nic: -1, other: -1, forward: -1, bridged: false });

/**
 * Finds the NICs, the direction and the forward of a session. Answers false when no guest of the site has a part in it;
 * what `into` holds is worth nothing then.
 *
 * A same-address guest has the host's address, so its sessions are told by the mark; those that it began are tracked in a
 * zone of their own in the original direction.
 */
export function placeSession(records: SessionRecords, index: number, names: SiteNames, into: Placing): boolean {
  const shared = names.nicOfShare(shareIdOf(records.mark(index)));
  const began = shared >= 0 && records.zone(index) !== 0;
  const from = began ? shared : names.nicAt(records, index, End.originalSource);
  const called = names.nicAt(records, index, End.replySource);
  const to = called < 0 && shared >= 0 && !began ? shared : called;
  if (from < 0 && to < 0) return false;
  into.nic = from >= 0 ? from : to;
  into.other = from >= 0 ? to : -1;
  into.direction =
    from < 0 ? directionIn(records, index, names) : to >= 0 ? 'between' : directionOut(records, index, names);
  const flags = records.flags(index);
  const published = to >= 0 && to !== shared && (flags & SessionFlag.destinationTranslated) !== 0;
  into.forward = published ? names.forwardAt(records, index) : -1;
  into.bridged =
    into.other >= 0 && shared < 0 && (flags & translated) === 0 && names.segmentOf(from) === names.segmentOf(to);
  return true;
}

const directionIn = (records: SessionRecords, index: number, names: SiteNames): SessionDirection =>
  names.isHost(records, index, End.originalSource) ? 'from-host' : 'in';

/** What leaves by the uplink is translated, but for the own ports of a same-address guest; the host is not behind it. */
function directionOut(records: SessionRecords, index: number, names: SiteNames): SessionDirection {
  if ((records.flags(index) & SessionFlag.sourceTranslated) !== 0) return 'out';
  if (records.zone(index) === 0) return 'to-host';
  return names.isHost(records, index, End.replySource) ? 'to-host' : 'out';
}
