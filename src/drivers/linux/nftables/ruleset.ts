import { changedKeys } from '../../../model/map-delta.ts';
import type { Chain, Declaration, Element, Fragment } from './fragment.ts';
import { type RulesetInput, type Section, sections } from './sections.ts';

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
    // Several parts may hold the same element; it is one in the kernel.
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

/** Fragments of one section that are in `before` or in `after` and not the same in both. */
function changedFragments(
  section: Section,
  before: RulesetInput | undefined,
  after: RulesetInput | undefined,
): { old: Fragment[]; fresh: Fragment[] } {
  const old: Fragment[] = [];
  const fresh: Fragment[] = [];
  const oldParts = before ? section.parts(before) : new Map<string, unknown>();
  const freshParts = after ? section.parts(after) : new Map<string, unknown>();
  const context = before && section.context(before);
  const sameContext = after && section.context(after).every((value, i) => value === context?.[i]);
  const keys = sameContext ? changedKeys(oldParts, freshParts) : new Set([...oldParts.keys(), ...freshParts.keys()]);
  for (const id of keys) {
    if (oldParts.has(id)) old.push(section.render(oldParts.get(id), before as RulesetInput, id));
    if (freshParts.has(id)) fresh.push(section.render(freshParts.get(id), after as RulesetInput, id));
  }
  return { old, fresh };
}

/** Renders and compares only parts that are not the same object in both; undefined is no ruleset at all. */
export function compareRulesets(before: RulesetInput | undefined, after: RulesetInput | undefined): RulesetDifference {
  const changes = sections.map((section) => changedFragments(section, before, after));
  const old = changes.flatMap((change) => change.old);
  const fresh = changes.flatMap((change) => change.fresh);
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
