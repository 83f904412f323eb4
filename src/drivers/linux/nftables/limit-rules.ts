import { renderRate } from '../../../model/quantity.ts';
import type { Features } from './features.ts';
import type { Chain, Declaration } from './fragment.ts';
import { className, type LimitClass, type TotalLimit } from './limit-classes.ts';

/** What sessions are counted by: an address of a guest; the mark of one that has the shared address itself. */
interface Counted {
  readonly suffix: '4' | '6' | '_shared';
  readonly type: string;
  readonly key: (end: End) => string;
  /** As part of the name of a chain. */
  readonly group: '' | '_same_address';
}

/** Where the guest stands in a new flow: it begins those that go out. */
type End = 'saddr' | 'daddr';
type Direction = 'outbound' | 'inbound';
const endOf: Readonly<Record<Direction, End>> = { outbound: 'saddr', inbound: 'daddr' };
const directions = ['outbound', 'inbound'] as const;

const byAddress: readonly Counted[] = [
  { suffix: '4', type: 'ipv4_addr', key: (end) => `ip ${end}`, group: '' },
  { suffix: '6', type: 'ipv6_addr', key: (end) => `ip6 ${end}`, group: '' },
];
const byMark: readonly Counted[] = [{ suffix: '_shared', type: 'mark', key: () => 'ct mark', group: '_same_address' }];

const groupsOf = (features: Features): readonly (readonly Counted[])[] =>
  features.sameAddress ? [byAddress, byMark] : [byAddress];

/**
 * The limit is part of the name of what counts: an element keeps the limit that it was made with, so another limit needs
 * another set.
 */
const sessionSet = ({ suffix }: Counted, { sessions }: LimitClass): string => `guest_sessions${suffix}_${sessions}`;
const rateSet = ({ suffix }: Counted, { newSessions }: LimitClass): string =>
  `new_sessions${suffix}_${newSessions.count}_${newSessions.per}`;
const unreservedSet = ({ slices, perSlice }: TotalLimit): string => `unreserved_${slices}_${perSlice}`;
const shareSet = ({ suffix }: Counted, share: number): string => `guest_share${suffix}_${share}`;

/** Kinds of refusals, each with sets of who was refused. */
const refusals = ['rate', 'sessions', 'total'] as const;

/** Names of the sets in table `inet` of guests that were refused something; `over_host` is by MAC address. */
export function refusalSets(features: Pick<Features, 'sameAddress'>): string[] {
  const counted = features.sameAddress ? [...byAddress, ...byMark] : byAddress;
  return [...refusals.flatMap((refusal) => counted.map(({ suffix }) => `over_${refusal}${suffix}`)), 'over_host'];
}

/**
 * Rules that a new flow of a guest passes: how many it begins a second (outbound only: who comes in is the forward's to
 * limit), how many it has open, and how many all have.
 */
function rulesOf(limit: LimitClass, counted: readonly Counted[], direction: Direction, features: Features): string[] {
  const end = endOf[direction];
  const { total } = features.limits;
  const to = (chain: string): string => `${chain}_${direction}${counted[0]?.group}`;
  const { newSessions, sessions } = limit;
  const rate = `limit rate over ${renderRate(newSessions)} burst ${newSessions.count} packets`;
  const rules = counted.flatMap((by) => [
    ...(direction === 'outbound'
      ? [`update @${rateSet(by, limit)} { ${by.key(end)} ${rate} } goto ${to('over_rate')}`]
      : []),
    // Counting walks the open sessions of the guest: once it was refused, not again for a moment.
    `${by.key(end)} @at_limit${by.suffix} goto ${to('over_sessions')}`,
    `add @${sessionSet(by, limit)} { ${by.key(end)} ct count over ${sessions} } goto ${to('at_limit')}`,
  ]);
  if (total !== undefined) {
    const { share, slices, perSlice } = total;
    // Its share is a guest's, whatever the others do ...
    if (share > 0) {
      for (const by of counted)
        rules.push(`add @${shareSet(by, share)} { ${by.key(end)} ct count ${share} } goto admitted`);
    }
    // ... and what is left over is for whoever comes first, counted in slices: one list would be walked by everybody.
    rules.push(
      `add @${unreservedSet(total)} { ct id & ${slices - 1} ct count over ${perSlice} } goto ${to('over_total')}`,
    );
  }
  return [...rules, 'goto admitted'];
}

/** Whoever was refused is named in a set; a full set names no more, so the drop stands on its own. */
function refusalChains(counted: readonly Counted[], direction: Direction): Chain[] {
  const end = endOf[direction];
  const { group } = counted[0] as Counted;
  const noted = (refusal: string): string[] =>
    counted.map((by) => `update @over_${refusal}${by.suffix} { ${by.key(end)} counter }`);
  const name = (refusal: string): string => `${refusal}_${direction}${group}`;
  return [
    ...(direction === 'outbound'
      ? [chain(name('over_rate'), [...noted('rate'), 'counter name refused_new_sessions drop'])]
      : []),
    chain(name('over_sessions'), [...noted('sessions'), 'counter name refused_guest_sessions drop']),
    chain(name('at_limit'), [
      ...counted.map((by) => `add @at_limit${by.suffix} { ${by.key(end)} }`),
      `goto ${name('over_sessions')}`,
    ]),
    chain(name('over_total'), [...noted('total'), 'counter name refused_sessions drop']),
  ];
}

const chain = (name: string, rules: string[]): Chain => ({ family: 'inet', name, rules });

/** The way to the limits of guests that have their own. */
const classMap = ({ suffix }: Counted, direction: Direction): string => `limit_class${suffix}_${direction}`;

/** Elements' sets and verdicts that give a guest a limit of its own, by suffix of the counted key. */
export function classVerdicts(suffix: Counted['suffix'], limit: LimitClass): { map: string; verdict: string }[] {
  const counted = [...byAddress, ...byMark].find((by) => by.suffix === suffix) as Counted;
  return directions.map((direction) => ({
    map: classMap(counted, direction),
    verdict: `goto limit_${direction}${counted.group}_${className(limit)}`,
  }));
}

/**
 * Chains that every allowed new flow of a guest ends in: `limit_outbound` and `limit_inbound`. Their number depends on
 * how many different limits there are, not on how many guests.
 */
export function limitChains(features: Features, isShared: string): Chain[] {
  const { limits } = features;
  return directions.flatMap((direction) => {
    const entries = groupsOf(features).map((counted): Chain => {
      const { group } = counted[0] as Counted;
      const own =
        limits.classes.length > 0
          ? counted.map((by) => `${by.key(endOf[direction])} vmap @${classMap(by, direction)}`)
          : [];
      const first =
        group === ''
          ? [
              // It was let in and counted when it began; only its answer has not come yet.
              'ct status confirmed accept',
              // Whoever begins a flow is counted: what others send to such a guest has its mark, too.
              ...(features.sameAddress
                ? [`ip ${endOf[direction]} @shared4 ${isShared} goto limit_${direction}_same_address`]
                : []),
            ]
          : [];
      return chain(`limit_${direction}${group}`, [
        ...first,
        ...own,
        ...rulesOf(limits.site, counted, direction, features),
      ]);
    });
    const classes = groupsOf(features).flatMap((counted) =>
      limits.classes.map((limit) =>
        chain(
          `limit_${direction}${counted[0]?.group}_${className(limit)}`,
          rulesOf(limit, counted, direction, features),
        ),
      ),
    );
    return [...entries, ...classes, ...groupsOf(features).flatMap((counted) => refusalChains(counted, direction))];
  });
}

const set = (name: string, body: string, kind: 'set' | 'map' = 'set'): Declaration => ({
  family: 'inet',
  kind,
  name,
  body,
});

export function limitDeclarations(features: Features): Declaration[] {
  const { limits } = features;
  const all = [limits.site, ...limits.classes];
  const { total } = limits;
  const declarations = groupsOf(features)
    .flat()
    .flatMap((by) => [
      ...all.flatMap((limit) => [
        set(rateSet(by, limit), `type ${by.type}; flags dynamic,timeout; timeout 1m; size 65535;`),
        set(sessionSet(by, limit), `type ${by.type}; flags dynamic; size 65535;`),
      ]),
      ...(total && total.share > 0
        ? [set(shareSet(by, total.share), `type ${by.type}; flags dynamic; size 65535;`)]
        : []),
      // Some jiffies: long enough that a flood costs little, too short for anybody to notice.
      set(`at_limit${by.suffix}`, `type ${by.type}; flags dynamic,timeout; timeout 50ms; size 65535;`),
      ...refusals.map((refusal) =>
        set(`over_${refusal}${by.suffix}`, `type ${by.type}; flags dynamic,timeout; timeout 1h; size 8192;`),
      ),
      ...(limits.classes.length > 0
        ? directions.map((direction) => set(classMap(by, direction), `type ${by.type} : verdict;`, 'map'))
        : []),
    ]);
  if (total) declarations.push(set(unreservedSet(total), `typeof ct id; flags dynamic; size ${total.slices};`));
  return uniqueByName(declarations);
}

/** Two limits may share a set: the same sessions at another rate. */
const uniqueByName = (declarations: readonly Declaration[]): Declaration[] => [
  ...new Map(declarations.map((declaration) => [declaration.name, declaration])).values(),
];
