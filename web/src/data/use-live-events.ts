import { useEffect, useEffectEvent } from 'react';
import type { BridgekeeperEvent } from '../../../src/client/events.ts';
import { listenToEvents } from './live-events.ts';

/** Calls `onEvents` with what is noticed while the component is there: batches, ten a second at most. */
export function useLiveEvents(onEvents: (events: readonly BridgekeeperEvent[]) => void): void {
  const told = useEffectEvent(onEvents);
  useEffect(() => listenToEvents((events) => told(events)), []);
}
