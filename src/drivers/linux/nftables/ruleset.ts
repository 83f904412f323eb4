import type { FragmentSource } from './elements.ts';
import type { Chain, Declaration, Element, Fragment } from './fragment.ts';

/** A ruleset as the fragments of its sources. */
export type Ruleset = ReadonlyMap<string, { readonly inputs: readonly unknown[]; readonly fragment: Fragment }>;

export const emptyRuleset: Ruleset = new Map();

/** Renders what changed against `previous`; fragments of unchanged sources are the same objects again. */
export function buildRuleset(sources: Iterable<FragmentSource>, previous: Ruleset): Ruleset {
  const ruleset = new Map<string, { inputs: readonly unknown[]; fragment: Fragment }>();
  for (const source of sources) {
    const known = previous.get(source.id);
    const same =
      known?.inputs.length === source.inputs.length && known.inputs.every((value, i) => value === source.inputs[i]);
    ruleset.set(source.id, known && same ? known : { inputs: source.inputs, fragment: source.render() });
  }
  return ruleset;
}

export const declarationKey = (declaration: Declaration): string => `${declaration.family} ${declaration.name}`;
export const chainKey = (chain: Chain): string => `${chain.family} ${chain.name}`;
export const elementKey = (element: Element): string => `${element.family} ${element.set} ${element.key}`;

/** What two rulesets do not have in common. */
export interface RulesetDifference {
  readonly declarations: Difference<Declaration>;
  readonly chains: Difference<Chain>;
  readonly elements: Difference<Element>;
}

/** `changed` holds the old and the new form of a part with the same key. */
export interface Difference<Part> {
  readonly added: Part[];
  readonly removed: Part[];
  readonly changed: { readonly before: Part; readonly after: Part }[];
}

function difference<Part>(
  before: readonly Part[],
  after: readonly Part[],
  key: (part: Part) => string,
  content: (part: Part) => string,
): Difference<Part> {
  const old = new Map(before.map((part) => [key(part), part]));
  const result: Difference<Part> = { added: [], removed: [], changed: [] };
  const seen = new Set<string>();
  for (const part of after) {
    const name = key(part);
    // Several sources may hold the same element (two storm segments on one rate); it is one in the kernel.
    if (seen.has(name)) continue;
    seen.add(name);
    const known = old.get(name);
    old.delete(name);
    if (!known) result.added.push(part);
    else if (content(known) !== content(part)) result.changed.push({ before: known, after: part });
  }
  result.removed.push(...old.values());
  return result;
}

/** Looks only into sources whose fragments are not the same object in both. */
export function compareRulesets(before: Ruleset, after: Ruleset): RulesetDifference {
  const old: Fragment[] = [];
  const fresh: Fragment[] = [];
  for (const [id, { fragment }] of before) if (after.get(id)?.fragment !== fragment) old.push(fragment);
  for (const [id, { fragment }] of after) if (before.get(id)?.fragment !== fragment) fresh.push(fragment);
  return {
    declarations: difference(
      old.flatMap((part) => part.declarations),
      fresh.flatMap((part) => part.declarations),
      declarationKey,
      (part) => `${part.kind} ${part.body}`,
    ),
    chains: difference(
      old.flatMap((part) => part.chains),
      fresh.flatMap((part) => part.chains),
      chainKey,
      (part) => `${part.hook} ${part.rules.join('\n')}`,
    ),
    elements: difference(
      old.flatMap((part) => part.elements),
      fresh.flatMap((part) => part.elements),
      elementKey,
      (part) => part.value ?? '',
    ),
  };
}
