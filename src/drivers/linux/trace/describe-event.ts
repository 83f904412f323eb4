import type { DesiredState } from '../../../model/desired-state.ts';
import { isolationTable } from '../isolation/render-isolation.ts';
import { tableName } from '../nftables/fragment.ts';
import { gatewayMeanings } from './gateway-meanings.ts';
import { guardMeanings, isolationMeanings } from './guard-meanings.ts';
import type { Meaning, Words } from './meaning.ts';
import type { TracedHeaders, TraceEvent } from './parse-trace.ts';
import type { DescribeEvent } from './traced-packets.ts';

function meaningOf(meanings: readonly Meaning[], event: TraceEvent): Meaning | undefined {
  return meanings.find(({ chain, rule }) => chain.test(event.chain) && (rule?.test(event.text) ?? true));
}

function ours(event: TraceEvent, headers: TracedHeaders, desired: DesiredState): Words | undefined {
  const meaning = meaningOf(event.family === 'bridge' ? guardMeanings : gatewayMeanings, event);
  if (meaning) return meaning.words(headers, desired, event);
  // Only which chain is next: of no interest to who asks about the site.
  if (/^(goto|jump|continue|return)/.test(event.verdict)) return undefined;
  return { text: `rule of chain ${event.chain}: ${event.text}` };
}

/** Puts rules of ours into the words of the site, and names those of others. */
export function describeWith(desired: DesiredState): DescribeEvent {
  return (event, headers) => {
    if (event.kind === 'policy' && !event.verdict.startsWith('drop')) return undefined;
    if (event.table === tableName && event.kind === 'rule') return ours(event, headers, desired);
    if (event.table === isolationTable) return meaningOf(isolationMeanings, event)?.words(headers, desired, event);
    const place = `table "${event.family} ${event.table}", chain ${event.chain}`;
    if (event.kind === 'policy') return { text: `dropped by the policy of ${place}, which is not Bridgekeeper's` };
    if (event.kind !== 'rule' || event.table.startsWith(tableName)) return undefined;
    return { text: `rule of ${place}, which is not Bridgekeeper's: ${event.text}` };
  };
}
