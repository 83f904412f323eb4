import { execFileSync } from 'node:child_process';
import { snapshotHost } from '../drivers/linux/host/snapshot-host.ts';

/** Everything of nftables in this network namespace, without counters, timeouts and what packets put into sets. */
export function listRuleset(): string {
  return normalizeRuleset(execFileSync('nft', ['-s', 'list', 'ruleset'], { encoding: 'utf8', maxBuffer: 2 ** 28 }));
}

/** Text that is the same for the same rules: elements in order, sets that packets write to empty, no handles. */
export function normalizeRuleset(text: string): string {
  const tables = text.split(/^(?=table )/m).map((table) =>
    table
      .split(/^(?=\t(?:ct )?[a-z]+ \S+ \{$)/m)
      .map((block) => {
        const dynamic = /^\t\tflags [a-z,]*dynamic/m.test(block);
        return block.replace(/\t\telements = \{([^}]*)\}\n/, (_, elements: string) => {
          if (dynamic) return '';
          const sorted = elements
            .split(',')
            .map((element) => element.trim().replace(/\s+/g, ' '))
            .sort();
          return `\t\telements = { ${sorted.join(',\n\t\t\t')} }\n`;
        });
      })
      // The order in which objects were made says nothing; that of rules in a chain stays.
      .map((block) => block.trimEnd().replace(/\n\}$/, ''))
      .sort()
      .join('\n'),
  );
  return tables.sort().join('\n');
}

/** All that Bridgekeeper may change on the host, by kind, in a form for `sameHost`. */
export function hostState(): Record<string, string[]> {
  return { ...snapshotHost(), nftables: listRuleset().split('\n') };
}

/** Whether two states of the host are the same. */
export function isSameHost(a: Readonly<Record<string, string[]>>, b: Readonly<Record<string, string[]>>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
