import type { Driver } from '../../drivers/driver.ts';
import { AppError } from '../../errors/app-error.ts';
import { explainFlow } from '../../explain/explain-flow.ts';
import { headersOf } from '../../explain/flow-headers.ts';
import type { DesiredState } from '../../model/desired-state.ts';
import type { Actor } from '../../registry/journal/journal.ts';
import type { Explain, ExplainRequest, Explanation, LiveExplainRequest, LiveExplanation } from './contract.ts';

interface ExplainParts {
  readonly driver: Pick<Driver, 'trace'>;
  readonly desired: () => DesiredState | null;
  readonly note: (kind: string, text: string, actor: Actor) => Promise<void>;
}

/** Answers which way a packet takes: by the applied site, and by what the kernel does. */
export class ExplainDesk implements Explain {
  readonly #parts: ExplainParts;

  constructor(parts: ExplainParts) {
    this.#parts = parts;
  }

  async explain(request: ExplainRequest): Promise<Explanation> {
    return explainFlow(this.#desired(), request);
  }

  async live(request: LiveExplainRequest, actor: Actor, signal?: AbortSignal): Promise<LiveExplanation> {
    const { seconds = 10, packets = 10 } = request;
    const desired = this.#desired();
    const expected = explainFlow(desired, request);
    if (expected.verdict === 'stays') {
      throw new AppError('value-invalid', `such packets never leave who sends them: ${expected.text}`);
    }
    // Whoever reads along leaves a trace of it.
    const flow = `${request.from} to ${request.to}, ${expected.protocol}`;
    await this.#parts.note('explain', `packets from ${flow} are followed for up to ${seconds} s`, actor);
    const result = await this.#parts.driver.trace({ ...headersOf(desired, expected), seconds, packets }, signal);
    return { expected, seconds, ...result };
  }

  #desired(): DesiredState {
    const desired = this.#parts.desired();
    if (desired) return desired;
    throw new AppError(
      'unsupported',
      'there is no gateway here: nothing was applied yet, or the site has no uplink, so no packet takes any way through it',
    );
  }
}
