import type { DesiredSegment, DesiredState, PolicyBox } from '../../../model/desired-state.ts';
import {
  blockFragment,
  forwardFragment,
  nicFragment,
  sameAddressFragment,
  segmentFragment,
  stormName,
  uplinkFragment,
} from './elements.ts';
import { featuresOf, type HostFeatures } from './features.ts';
import type { Fragment } from './fragment.ts';
import { gatewayTable } from './gateway-table.ts';
import { guardTable, stormClass } from './guard-table.ts';
import { guestPortFragment, guestPortRanges } from './guest-ports.ts';
import { policyElements } from './policy-rules.ts';
import { rotationWatch } from './rotation-watch.ts';
import { uplinkTable } from './uplink-table.ts';

/** All that the ruleset is made from. */
export interface RulesetInput {
  readonly desired: DesiredState;
  readonly host: HostFeatures;
}

/**
 * A kind of part of the ruleset. Parts with the same id and the same value (by ===) in two inputs have the same
 * fragment, provided the context is the same too.
 */
export interface Section<Part = unknown> {
  readonly parts: (input: RulesetInput) => ReadonlyMap<string, Part>;
  readonly context: (input: RulesetInput) => readonly unknown[];
  readonly render: (part: Part, input: RulesetInput, id: string) => Fragment;
}

const section = <Part>(
  parts: (desired: DesiredState) => ReadonlyMap<string, Part>,
  render: (part: Part, desired: DesiredState, id: string) => Fragment,
  context: (desired: DesiredState) => readonly unknown[] = () => [],
): Section =>
  ({
    parts: ({ desired }) => parts(desired),
    context: ({ desired }) => context(desired),
    render: (part, { desired }, id) => render(part, desired, id),
  }) satisfies Section<Part> as Section;

/** Tables, chains and sets. A part's value is the text of everything that it depends on. */
const frame: Section<string> = {
  parts: ({ desired, host }) => {
    const features = featuresOf(desired, host);
    const all = JSON.stringify([features, desired.uplink, desired.limits]);
    const storms = [...desired.segments.values()].map(
      ({ storm }) => [stormName(storm), JSON.stringify(storm)] as const,
    );
    const rotation: [string, string][] = features.rotating ? [['rotation', '']] : [];
    return new Map([
      ['guard', `${features.bridgeMeta} ${features.frameSamples}`],
      ['gateway', all],
      ['uplink', all],
      ...rotation,
      ...storms,
    ]);
  },
  context: () => [],
  render: (part, { desired, host }, id) => {
    const features = featuresOf(desired, host);
    if (id === 'guard') return guardTable(features);
    if (id === 'rotation') return rotationWatch();
    if (id === 'gateway') return gatewayTable(desired, features);
    if (id === 'uplink') return uplinkTable(desired, features);
    return stormClass(id, JSON.parse(part));
  },
};

const places = ['inner', 'world', 'host'] as const;

const policies = section<readonly PolicyBox[]>(
  (desired) =>
    new Map(places.flatMap((place) => desired.policies[place].map((boxes, layer) => [`${place} ${layer}`, boxes]))),
  (boxes, _desired, id) => {
    const [place, layer] = id.split(' ') as [(typeof places)[number], string];
    return { declarations: [], chains: [], elements: policyElements(place, Number(layer), boxes) };
  },
);

/** The frame first, then what is per object. */
export const sections: readonly Section[] = [
  frame as Section,
  policies,
  section(
    (desired) => new Map([['uplink', desired.uplink]]),
    (uplink) => uplinkFragment(uplink),
  ),
  section(
    (desired) => desired.segments,
    (segment, desired) => segmentFragment(segment, desired.limits),
    (desired) => [desired.limits],
  ),
  section(
    (desired) => desired.nics,
    (nic, desired) => nicFragment(nic, desired.segments.get(nic.segment) as DesiredSegment, desired.limits),
    (desired) => [desired.segments, desired.limits],
  ),
  section(
    (desired) => desired.blocks,
    (block, desired) => blockFragment(block, desired.uplink, desired.limits),
    (desired) => [desired.uplink, desired.limits],
  ),
  section(
    (desired) => desired.sameAddress,
    (share, desired) => sameAddressFragment(share, desired.uplink, desired.limits),
    (desired) => [desired.uplink, desired.limits],
  ),
  section((desired) => desired.forwards, forwardFragment),
  section(guestPortRanges, guestPortFragment),
];
