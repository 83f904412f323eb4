/**
 * Where one rule stands with one subject. `quiet`: it is not true. `pending`: true, but not for long enough. `firing`: an
 * alert. `clearing`: still an alert, but not true any more. `since` is when the phase began (ms, a clock that never goes
 * back: jumps of the time of day end no waiting and begin none).
 */
export interface AlertState {
  readonly phase: 'quiet' | 'pending' | 'firing' | 'clearing';
  readonly since: number;
}

/** Milliseconds that it must be true before it is an alert, and false before the alert is over. */
export interface AlertTimes {
  readonly for: number;
  readonly clear: number;
}

/** What became of it in one step, besides its phase. */
export type AlertTurn = 'fires' | 'over' | undefined;

export const quiet: AlertState = { phase: 'quiet', since: 0 };

/**
 * Goes on to `now`, where the condition is `holds`. Pure. It fires only after `for` without a single false, and is over
 * only after `clear` without a single true: so it turns at most twice in `for` + `clear`, whatever it is told.
 */
export function advance(
  state: AlertState,
  holds: boolean,
  times: AlertTimes,
  now: number,
): { readonly state: AlertState; readonly turn: AlertTurn } {
  const waited = now - state.since;
  const stay = { state, turn: undefined };
  const go = (phase: AlertState['phase'], turn?: AlertTurn) => ({ state: { phase, since: now }, turn });
  switch (state.phase) {
    case 'quiet':
      if (!holds) return stay;
      return times.for === 0 ? go('firing', 'fires') : go('pending');
    case 'pending':
      if (!holds) return go('quiet');
      return waited >= times.for ? go('firing', 'fires') : stay;
    case 'firing':
      if (holds) return stay;
      return times.clear === 0 ? go('quiet', 'over') : go('clearing');
    case 'clearing':
      if (holds) return go('firing');
      return waited >= times.clear ? go('quiet', 'over') : stay;
  }
}
