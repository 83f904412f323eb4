import type { DesiredState } from '../../../model/desired-state.ts';
import type { Features } from './features.ts';
import { type Fragment, quoted } from './fragment.ts';

/**
 * Table `netdev bridgekeeper`: no frame leaves the uplink with a source MAC other than the uplink's own. Hosting
 * providers block servers that show others. Empty while the uplink is not there: a netdev chain needs its device.
 */
export function uplinkTable(desired: DesiredState, features: Features): Fragment {
  if (!features.uplinkMac) return { declarations: [], chains: [], elements: [] };
  return {
    declarations: [
      {
        family: 'netdev',
        kind: 'set',
        name: 'foreign_source',
        body: 'type ether_addr; flags dynamic,timeout; timeout 1h; size 8192;',
      },
    ],
    chains: [
      {
        family: 'netdev',
        name: 'uplink',
        hook: `type filter hook egress device ${quoted(desired.uplink.interface)} priority filter; policy accept;`,
        rules: [`ether saddr != ${features.uplinkMac} goto foreign`],
      },
      { family: 'netdev', name: 'foreign', rules: ['update @foreign_source { ether saddr counter }', 'drop'] },
    ],
    elements: [],
  };
}
