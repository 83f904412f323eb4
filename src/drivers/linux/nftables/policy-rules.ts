import type { PolicyBox } from '../../../model/desired-state.ts';
import type { Features } from './features.ts';
import type { Chain, Declaration, Element } from './fragment.ts';

const places = ['inner', 'world', 'host'] as const;
const setName = (place: string, layer: number, family: 4 | 6): string => `policy_${place}_${layer}_${family}`;
const addressType = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const;

/** One verdict map per place, layer and family. A layer's boxes do not overlap, which interval maps need. */
export function policyDeclarations(features: Features): Declaration[] {
  return places.flatMap((place) =>
    features.policyLayers[place].flatMap((present, layer) =>
      present.map((family) => ({
        family: 'inet' as const,
        kind: 'map' as const,
        name: setName(place, layer, family),
        body: `type ${addressType[family]} . ${addressType[family]} . inet_proto . inet_service : verdict; flags interval;`,
      })),
    ),
  );
}

/** The layers in order: the first that holds the flow decides. */
export function policyChains(features: Features): Chain[] {
  return places
    .filter((place) => features.policyLayers[place].length > 0)
    .map((place) => ({
      family: 'inet' as const,
      name: `policy_${place}`,
      rules: features.policyLayers[place].flatMap((present, layer) =>
        present.map((family) => {
          const ip = family === 4 ? 'ip' : 'ip6';
          return `${ip} saddr . ${ip} daddr . meta l4proto . th dport vmap @${setName(place, layer, family)}`;
        }),
      ),
    }));
}

const range = ([first, last]: readonly [string | number, string | number]): string =>
  first === last ? String(first) : `${first}-${last}`;

/** An allowed flow still counts against the limits, so it goes on to them instead of being accepted here. */
export function policyElements(
  place: 'inner' | 'world' | 'host',
  layer: number,
  boxes: readonly PolicyBox[],
): Element[] {
  const allowed = { inner: 'goto limit_outbound', world: 'goto limit_world', host: 'accept' }[place];
  return boxes.map((box) => ({
    family: 'inet',
    set: setName(place, layer, box.family),
    key: [range(box.source), range(box.destination), range(box.protocol), range(box.ports)].join(' . '),
    value: box.action === 'allow' ? allowed : 'goto refused_by_policy',
  }));
}
