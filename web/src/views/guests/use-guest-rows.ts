import { useMemo, useRef } from 'react';
import { useGuestSessions, useHasSessions, useIsolations, useLeases, useRotations } from '../../data/guests.ts';
import { useViolatingGuests } from '../../data/violating-guests.ts';
import { type GuestRow, plainRows, rowsAround } from './guest-row.ts';

/** Guests with everything that the table shows of them; rows about which nothing has changed stay the same objects. */
export function useGuestRows() {
  const leases = useLeases();
  const hasSessions = useHasSessions() ?? false;
  const sessions = useGuestSessions();
  const isolations = useIsolations().data;
  const rotations = useRotations().data;
  const violating = useViolatingGuests();
  const plain = useMemo(() => plainRows(leases.data ?? []), [leases.data]);
  const before = useRef<{ rows: readonly GuestRow[]; byName: ReadonlyMap<string, GuestRow> }>({
    rows: [],
    byName: new Map(),
  });
  const rows = useMemo(() => {
    const around = {
      sessions: new Map((sessions.data?.guests ?? []).map((guest) => [guest.guest, guest])),
      isolations: isolations ?? [],
      rotations: rotations ?? [],
      violating,
    };
    const { rows: old, byName } = before.current;
    const next = rowsAround(plain, around, byName);
    // Nothing has changed: nothing is filtered, sorted and drawn anew.
    if (next.length === old.length && next.every((row, place) => row === old[place])) return old;
    before.current = { rows: next, byName: new Map(next.map((row) => [row.name, row])) };
    return next;
  }, [plain, sessions.data, isolations, rotations, violating]);
  return { rows, hasSessions, leases };
}
