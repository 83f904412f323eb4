import { useQuery } from '@tanstack/react-query';
import { transport } from '../data/client.ts';

/**
 * Milliseconds that the daemon's clock is ahead of this browser's, to within a second: its answers carry their date
 * (RFC 9110, 6.6.1). Deadlines are times of the daemon's clock, and a phone's may be minutes off.
 */
async function readOffset(): Promise<number> {
  const before = Date.now();
  const answer = await transport.send({ method: 'GET', path: '/v1/health', accept: 'application/json' });
  const after = Date.now();
  for await (const _ of answer.pieces) {
    // The body is of no interest, but the connection waits for it.
  }
  const told = Date.parse(answer.header('date') ?? '');
  if (Number.isNaN(told)) return 0;
  // The header counts whole seconds: on average it is half a second old.
  const offset = told + 500 - (before + after) / 2;
  return Math.abs(offset) < 1_500 ? 0 : offset;
}

/** How far the daemon's clock is ahead, in milliseconds; asked only while somebody needs it. */
export function useServerClock(needed: boolean): number {
  const { data = 0 } = useQuery({
    queryKey: ['server-clock'],
    queryFn: readOffset,
    enabled: needed,
    staleTime: 60_000,
    refetchInterval: needed ? 60_000 : false,
  });
  return data;
}
