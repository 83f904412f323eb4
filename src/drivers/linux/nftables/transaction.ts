import {
  type Chain,
  type Declaration,
  type Element,
  type Family,
  type Fragment,
  families,
  tableName,
} from './fragment.ts';
import { openPortMap, openSourceSet } from './open-ports.ts';
import { compareRulesets, type RulesetDifference } from './ruleset.ts';
import type { RulesetInput } from './sections.ts';

const table = (family: Family): string => `${family} ${tableName}`;

function groupBySet(elements: readonly Element[]): Map<string, Element[]> {
  const groups = new Map<string, Element[]>();
  for (const element of elements) {
    const name = `${table(element.family)} ${element.set}`;
    const group = groups.get(name);
    if (group) group.push(element);
    else groups.set(name, [element]);
  }
  return groups;
}

const elementText = (element: Element): string =>
  element.value === undefined ? element.key : `${element.key} : ${element.value}`;

function renderDeclaration(declaration: Declaration, elements: readonly Element[]): string[] {
  const lines = declaration.body
    .split('; ')
    .map((statement) => statement.replace(/;$/, ''))
    .filter((statement) => statement !== '');
  // A chain that a verdict map jumps to must be known before the map's elements, so these come later.
  if (elements.length > 0) {
    lines.push(`elements = {\n${elements.map((element) => `\t\t\t${elementText(element)}`).join(',\n')}\n\t\t}`);
  }
  return [`\t${declaration.kind} ${declaration.name} {`, ...lines.map((line) => `\t\t${line}`), '\t}', ''];
}

function renderChain(chain: Chain): string[] {
  return [
    `\tchain ${chain.name} {`,
    ...(chain.hook ? [`\t\t${chain.hook}`] : []),
    ...chain.rules.map((rule) => `\t\t${rule}`),
    '\t}',
    '',
  ];
}

/** Chains in an order in which a rule refers only to chains that stand before it. */
function orderChains(chains: readonly Chain[]): Chain[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const ordered = new Set<Chain>();
  const visit = (chain: Chain): void => {
    if (ordered.has(chain)) return;
    for (const rule of chain.rules) {
      for (const [, name] of rule.matchAll(/\b(?:goto|jump) ([a-z0-9_]+)/g)) {
        const next = byName.get(name as string);
        if (next && next !== chain) visit(next);
      }
    }
    ordered.add(chain);
  };
  for (const chain of chains) visit(chain);
  return [...ordered];
}

/** Every part once. */
export function wholeRuleset(input: RulesetInput): Fragment {
  const { declarations, chains, elements } = compareRulesets(undefined, input);
  return { declarations: declarations.added, chains: chains.added, elements: elements.added };
}

const isVerdict = (element: Element): boolean => /^(?:goto|jump) /.test(element.value ?? '');

/** The whole ruleset as a file for `nft -f`: our tables are made anew, nobody else's are mentioned. */
export function renderRuleset(input: RulesetInput): string {
  return renderWhole(wholeRuleset(input));
}

export function renderWhole(all: Fragment): string {
  const lines: string[] = [];
  const present = families.filter((family) => all.chains.some((chain) => chain.family === family));
  for (const family of present) {
    lines.push(`table ${table(family)}`, `delete table ${table(family)}`, '');
    const elements = groupBySet(all.elements.filter((element) => element.family === family && !isVerdict(element)));
    lines.push(`table ${table(family)} {`);
    const declarations = all.declarations.filter((part) => part.family === family);
    // Limits first: maps refer to them.
    for (const part of [...declarations].sort((a, b) => Number(b.kind === 'limit') - Number(a.kind === 'limit'))) {
      lines.push(...renderDeclaration(part, elements.get(`${table(family)} ${part.name}`) ?? []));
    }
    for (const chain of orderChains(all.chains.filter((part) => part.family === family)))
      lines.push(...renderChain(chain));
    lines.push('}', '');
  }
  lines.push(...renderElements('add', all.elements.filter(isVerdict)));
  return `${lines.join('\n')}\n`;
}

/** nft reads at most a few MB a line well; a statement holds this many elements. */
const elementsPerStatement = 2000;

/** Statements that add elements to our sets, or delete them. */
export function renderElements(verb: 'add' | 'delete', elements: readonly Element[]): string[] {
  const lines: string[] = [];
  for (const [set, group] of groupBySet(elements)) {
    for (let i = 0; i < group.length; i += elementsPerStatement) {
      const texts = group.slice(i, i + elementsPerStatement).map((e) => (verb === 'add' ? elementText(e) : e.key));
      lines.push(`${verb} element ${set} { ${texts.join(', ')} }`);
    }
  }
  return lines;
}

/**
 * What can only be changed by making the tables anew: a set of another type, a base chain on another hook. A flowtable
 * takes more devices as it is, and loses those that go.
 */
export function needsRebuild(difference: RulesetDifference): boolean {
  return (
    difference.declarations.changed.some(({ after }) => after.kind !== 'flowtable') ||
    difference.chains.changed.some(({ before, after }) => before.hook !== after.hook)
  );
}

/**
 * The difference as one transaction, in an order that the kernel takes: what is referred to is made first and removed
 * last. Sets keep what they counted. Ask `needsRebuild` before.
 */
export function renderDifference(difference: RulesetDifference): string {
  const { declarations, chains, elements } = difference;
  const rewritten = chains.changed.map(({ after }) => after);
  const address = (part: { family: Family; name: string }): string => `${table(part.family)} ${part.name}`;
  return [
    ...new Set([...declarations.added, ...chains.added].map((part) => `add table ${table(part.family)}`)),
    ...renderElements('delete', [...elements.removed, ...elements.changed.map(({ before }) => before)]),
    ...closeOpenPorts(difference),
    ...[...chains.removed, ...rewritten].map((chain) => `flush chain ${address(chain)}`),
    ...[...declarations.added, ...declarations.changed.map(({ after }) => after)].map(
      (part) => `add ${part.kind} ${address(part)} { ${part.body} }`,
    ),
    ...chains.added.map((chain) => `add chain ${address(chain)}${chain.hook ? ` { ${chain.hook} }` : ''}`),
    ...[...chains.added, ...rewritten].flatMap((chain) =>
      chain.rules.map((rule) => `add rule ${address(chain)} ${rule}`),
    ),
    ...renderElements('add', [...elements.changed.map(({ after }) => after), ...elements.added]),
    ...chains.removed.map((chain) => `delete chain ${address(chain)}`),
    ...declarations.removed.map((part) => `delete ${part.kind} ${address(part)}`),
  ].join('\n');
}

/** Ports that were opened for a guest or a block that is gone must not lead to who comes next. */
function closeOpenPorts({ declarations, elements }: RulesetDifference): string[] {
  const gone = [...elements.removed, ...elements.changed.map(({ before }) => before)];
  const removed = declarations.removed.some(({ name }) => name === openPortMap);
  if (removed || !gone.some(({ set }) => set === openSourceSet)) return [];
  return [`flush map ${table('inet')} ${openPortMap}`];
}

/** Removes everything of ours; succeeds when nothing is there. */
export function renderRemoval(): string {
  return families.map((family) => `table ${table(family)}\ndelete table ${table(family)}`).join('\n');
}
