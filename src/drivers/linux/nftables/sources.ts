import type { DesiredState } from '../../../model/desired-state.ts';
import { elementSources, type FragmentSource, stormName } from './elements.ts';
import { type Features, featuresOf, type HostFeatures } from './features.ts';
import { gatewayTable } from './gateway-table.ts';
import { guardTable, stormClass } from './guard-table.ts';
import { policyElements } from './policy-rules.ts';
import { uplinkTable } from './uplink-table.ts';

/** Everything the frame is made from, as one value that can be compared. */
function frameInputs(desired: DesiredState, features: Features): string {
  const bridges = features.flowtable ? [...desired.segments.values()].map((segment) => segment.bridge) : [];
  return JSON.stringify([features, desired.uplink, desired.limits, bridges]);
}

/** All sources of the ruleset: the frame (tables, chains, sets) and what is per object. */
export function* rulesetSources(desired: DesiredState, host: HostFeatures): Generator<FragmentSource> {
  const features = featuresOf(desired, host);
  const inputs = [frameInputs(desired, features)];
  yield { id: 'guard', inputs: [features.bridgeMeta], render: () => guardTable(features) };
  yield { id: 'gateway', inputs, render: () => gatewayTable(desired, features) };
  yield { id: 'uplink guard', inputs, render: () => uplinkTable(desired, features) };
  for (const rate of new Map([...desired.segments.values()].map(({ storm }) => [stormName(storm), storm])).values()) {
    yield { id: stormName(rate), inputs: [], render: () => stormClass(stormName(rate), rate) };
  }
  for (const place of ['inner', 'world', 'host'] as const) {
    for (const [layer, boxes] of desired.policies[place].entries()) {
      yield {
        id: `policies ${place} ${layer}`,
        inputs: [boxes],
        render: () => ({ declarations: [], chains: [], elements: policyElements(place, layer, boxes) }),
      };
    }
  }
  yield* elementSources(desired);
}
