import type { TracedPacket, TracedStep } from '../../../model/explanation.ts';
import { parseTracedHeaders, parseTraceLine, type TracedHeaders, type TraceEvent } from './parse-trace.ts';

/** A packet of which not everything is known yet. */
interface Draft {
  readonly at: number;
  direction: TracedPacket['direction'] | undefined;
  readonly first: TracedHeaders;
  /** As the hook shows it that it is in. */
  headers: TracedHeaders;
  verdict: TracedPacket['verdict'];
  /** Families whose prerouting or output it has been in: a packet comes to each once. */
  readonly entered: Set<string>;
  readonly steps: TracedStep[];
  /** Lines that belong to the step that follows. */
  raw: string[];
}

/** Words for what a rule did to a packet; undefined for what is of no interest to anybody. */
export type DescribeEvent = (
  event: TraceEvent,
  headers: TracedHeaders,
) => Pick<TracedStep, 'text' | 'object'> | undefined;

/** More packets under way than this are of other traces. */
const mostDrafts = 1_000;

const port = (address: string, number: number | undefined): string =>
  number === undefined ? address : address.includes(':') ? `[${address}]:${number}` : `${address}:${number}`;

function renderPacket(headers: TracedHeaders): string {
  const { source, sourcePort, destination, destinationPort, protocol, detail } = headers;
  const what = detail === undefined ? protocol : `${protocol} ${detail}`;
  return `${port(source, sourcePort)} → ${port(destination, destinationPort)}, ${what}`;
}

/**
 * Puts the lines of `nft monitor trace` together to packets. The kernel numbers a packet anew when its addresses
 * change; then it is known by what stays the same. Only packets that a table of the given name has marked are kept.
 */
export class TracedPackets {
  readonly #table: string;
  readonly #describe: DescribeEvent;
  readonly #drafts: Draft[] = [];
  readonly #byId = new Map<string, Draft>();

  constructor(table: string, describe: DescribeEvent) {
    this.#table = table;
    this.#describe = describe;
  }

  /** How many packets of the flow have come in. */
  get count(): number {
    return this.#drafts.filter(({ direction }) => direction !== undefined).length;
  }

  /** Takes a line that was printed at `at`, milliseconds since the epoch. */
  add(line: string, at: number): void {
    const event = parseTraceLine(line);
    if (!event) return;
    if (event.kind === 'packet') this.#meet(event, at);
    const draft = this.#byId.get(event.id);
    if (!draft) return;
    if (event.table === this.#table) {
      const way = /^jump (forth|back)$/.exec(event.verdict)?.[1];
      if (way !== undefined) draft.direction ??= way as TracedPacket['direction'];
      return;
    }
    draft.raw.push(event.raw);
    if (event.kind === 'packet') return;
    if (event.verdict.trim() === 'drop') draft.verdict = 'dropped';
    const words = this.#describe(event, draft.headers);
    if (!words) return;
    const { family, table, chain } = event;
    draft.steps.push({ chain: `${family} ${table} ${chain}`, ...words, verdict: event.verdict.trim(), raw: draft.raw });
    draft.raw = [];
  }

  /** The first packets, at most `most`. */
  packets(most: number): TracedPacket[] {
    const found: TracedPacket[] = [];
    for (const { at, direction, first, headers, verdict, steps } of this.#drafts) {
      if (direction === undefined) continue;
      const out = headers.out === undefined ? {} : { out: headers.out };
      found.push({ at, direction, text: renderPacket(first), verdict, ...out, steps });
    }
    return found.slice(0, most);
  }

  /** A packet comes to a base chain: one that is known already, or a new one where packets come in. */
  #meet(event: TraceEvent, at: number): void {
    const headers = parseTracedHeaders(event.text);
    const entry = event.table === this.#table ? `${event.family} ${event.chain}` : undefined;
    const same = this.#byId.get(event.id);
    const fits = (draft: Draft): boolean =>
      draft.first.likeness === headers.likeness &&
      draft.verdict !== 'dropped' &&
      (entry === undefined || !draft.entered.has(entry));
    // Nothing comes before the bridge, so what is there is new.
    const known =
      entry?.startsWith('bridge') === true
        ? undefined
        : same && fits(same)
          ? same
          : this.#drafts.findLast((draft) => draft.direction !== undefined && fits(draft));
    if (!known && (entry === undefined || this.#drafts.length >= mostDrafts)) {
      this.#byId.delete(event.id);
      return;
    }
    const draft = known ?? this.#begin(headers, at);
    draft.headers = headers;
    if (entry !== undefined) draft.entered.add(entry);
    this.#byId.set(event.id, draft);
  }

  #begin(headers: TracedHeaders, at: number): Draft {
    const draft: Draft = {
      at,
      direction: undefined,
      first: headers,
      headers,
      verdict: 'passed',
      entered: new Set(),
      steps: [],
      raw: [],
    };
    this.#drafts.push(draft);
    return draft;
  }
}
