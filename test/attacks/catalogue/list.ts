import type { Attack } from '../attack.ts';
import { dhcp } from './dhcp.ts';
import { flooding } from './flooding.ts';
import { inTheMiddle } from './in-the-middle.ts';
import { ipv6 } from './ipv6.ts';
import { storms } from './storms.ts';
import { switching } from './switching.ts';

/** Attacks by what they are after, in the order in which they are carried out. */
export const attackGroups: readonly { readonly title: string; readonly attacks: readonly Attack[] }[] = [
  { title: 'Standing between others', attacks: inTheMiddle },
  { title: 'Handing out addresses', attacks: dhcp },
  { title: 'IPv6: routers and neighbours that are none', attacks: ipv6 },
  { title: 'Playing switch, and frames that are none', attacks: switching },
  { title: 'Filling tables', attacks: flooding },
  { title: 'Too much of what is allowed', attacks: storms },
];

export const allAttacks: readonly Attack[] = attackGroups.flatMap(({ attacks }) => attacks);
