import { AppError } from '../errors/app-error.ts';
import { errorOfProblem } from '../errors/problem.ts';
import type { ApplyResult, ChangeOrder, ChangeStage, ObjectOrder, PlanResult } from '../reconciler/engine-contract.ts';
import { linesOf, request, sendWell } from './request.ts';
import type { Transport } from './transport.ts';

export type { ChangeOrder, ChangeStage, ObjectOrder };

/** A change, and what goes with it. */
export type Change = ChangeOrder & {
  /** It rolls back by itself after so many seconds unless it is confirmed. */
  readonly confirmSeconds?: number;
  /** Why, for the history. */
  readonly comment?: string;
};

/** `client.changes`: changes of the site, all or nothing. Every method rejects with an AppError. */
export interface ChangesClient {
  plan(change: Change): Promise<PlanResult>;
  /** `onStage` is told when a stage begins, with the milliseconds since the call. */
  make(change: Change, onStage?: (stage: ChangeStage, at: number) => void): Promise<ApplyResult>;
}

type Line = { readonly stage: ChangeStage; readonly at: number } | { readonly result: ApplyResult } | object;

async function makeInLines(
  transport: Transport,
  body: Change,
  onStage: (stage: ChangeStage, at: number) => void,
): Promise<ApplyResult> {
  try {
    const accept = 'application/x-ndjson';
    const answer = await sendWell(transport, { method: 'POST', path: '/v1/changes', accept, body });
    for await (const line of linesOf<Line>(answer)) {
      if ('stage' in line) onStage(line.stage, line.at);
      else if ('result' in line) return line.result;
      else throw errorOfProblem(line) ?? new AppError('internal', 'The daemon told of a stage that nobody knows.');
    }
  } catch (error) {
    throw transport.explain(error);
  }
  throw new AppError(
    'daemon-unreachable',
    `The daemon at ${JSON.stringify(transport.place)} ended its answer before it said how the change went.`,
  );
}

export function changesClient(transport: Transport): ChangesClient {
  return {
    plan: (change) => request(transport, 'POST', '/v1/changes?plan=true', change),
    make: (change, onStage) =>
      onStage === undefined
        ? request(transport, 'POST', '/v1/changes', change)
        : makeInLines(transport, change, onStage),
  };
}
