import type { DesiredForward } from '../../model/desired-state.ts';
import { portCount } from '../../model/port-range.ts';
import { renderRate } from '../../model/quantity.ts';

/** `web1 (10.77.10.2:80), from 198.51.100.0/24, at most 10/minute`. */
export function forwardTarget(forward: DesiredForward): string {
  const count = portCount(forward.ports);
  const ports = count === 1 ? forward.toFirst : `${forward.toFirst}-${forward.toFirst + count - 1}`;
  const from = [...forward.from4, ...forward.from6].map((subnet) => subnet.text);
  return [
    `${forward.guest} (${forward.to4}:${ports})`,
    ...(from.length > 0 ? [`from ${from.join(' ')}`] : []),
    ...(forward.rate ? [`at most ${renderRate(forward.rate)}`] : []),
  ].join(', ');
}
