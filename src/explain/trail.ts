import type {
  ExplainObject,
  ExplainPlace,
  ExplainStep,
  ExplainVerdict,
  Explanation,
  FlowEnd,
  Translation,
} from '../model/explanation.ts';
import type { Flow } from './flow.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What is known of a packet on its way: the steps so far, and its addresses as they are now. */
export class Trail {
  readonly flow: Flow;
  readonly #steps: ExplainStep[] = [];
  readonly #translation: Writable<Translation> = {};
  /** The destination as it is now. */
  destination: FlowEnd;

  constructor(flow: Flow) {
    this.flow = flow;
    const { address, port } = flow.published ?? flow.to;
    this.destination = port === undefined ? { address } : { address, port };
  }

  get source(): FlowEnd {
    const { address, port } = this.flow.from;
    return port === undefined ? { address } : { address, port };
  }

  note(place: ExplainPlace, text: string, object?: ExplainObject): void {
    this.#steps.push({ place, text, ...(object ? { object } : {}), decided: false });
  }

  translateDestination(to: FlowEnd): void {
    this.#translation.destination = { from: this.destination, to };
    this.destination = to;
  }

  translateSource(to: NonNullable<Translation['source']>['to']): void {
    this.#translation.source = { from: this.source, to };
  }

  /** The packet ends here. */
  refuse(place: ExplainPlace, text: string, options: { object?: ExplainObject; remedy?: string } = {}): Explanation {
    const { object, remedy } = options;
    this.#steps.push({ place, text, ...(object ? { object } : {}), decided: true });
    return this.#conclude('refused', `refused: ${text}`, remedy === undefined ? {} : { remedy });
  }

  stay(text: string): Explanation {
    this.#steps.push({ place: 'end', text, decided: true });
    return this.#conclude('stays', text);
  }

  /** It gets there. */
  deliver(at: { kind: 'NIC' | 'host' | 'world'; name: string }, text: string): Explanation {
    const source = this.#translation.source?.to ?? {
      address: this.source.address,
      ...(this.source.port === undefined ? {} : { ports: String(this.source.port) }),
    };
    this.#steps.push({ place: 'end', text, decided: true });
    return this.#conclude('delivered', text, { arrival: { ...at, source, destination: this.destination } });
  }

  #conclude(verdict: ExplainVerdict, text: string, more: Partial<Explanation> = {}): Explanation {
    const { protocol, from, to } = this.flow;
    const translated = Object.keys(this.#translation).length > 0;
    return {
      protocol,
      from,
      to,
      verdict,
      text,
      steps: this.#steps,
      ...(translated ? { translation: this.#translation } : {}),
      ...more,
    };
  }
}
