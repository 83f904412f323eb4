import type { ApplyResult, ChangeOrder, ChangeStage, PlanResult } from '../../../src/client/client.ts';
import { request } from '../../../src/client/request.ts';
import { AppError } from '../../../src/errors/app-error.ts';
import { errorOfProblem } from '../../../src/errors/problem.ts';
import { transport } from '../data/client.ts';

/** What a change on the page carries besides its order. */
export interface ChangeTerms {
  /** Goes back by itself after so many seconds unless it is confirmed. */
  readonly confirmSeconds?: number;
  readonly comment?: string;
  /** The revision that the plan was made against: the change is refused (`precondition-failed`) when there is a newer one. */
  readonly baseRevision?: number;
  /** The same change with the same key is made once, however often it is sent. */
  readonly key: string;
}

/** What would be done; changes nothing. */
export function planOrder(order: ChangeOrder): Promise<PlanResult> {
  return request(transport, 'POST', '/v1/changes?plan=true', order);
}

/** One line of the answer: a stage that begins, or how it ended. */
type Line = Partial<ApplyResult> & { readonly stage?: ChangeStage; readonly result?: ApplyResult };

/** Makes the change; `onStage` is told how far it is. */
export async function sendOrder(
  order: ChangeOrder,
  { baseRevision, key, ...terms }: ChangeTerms,
  onStage: (stage: ChangeStage) => void,
): Promise<ApplyResult> {
  const answer = await transport.send({
    method: 'POST',
    path: '/v1/changes',
    accept: 'application/x-ndjson',
    body: { ...order, ...terms },
    headers: {
      'idempotency-key': key,
      ...(baseRevision === undefined ? {} : { 'if-match': `"${baseRevision}"` }),
    },
  });
  const decoder = new TextDecoder();
  let result: ApplyResult | undefined;
  let rest = '';
  const read = (text: string): void => {
    if (text.trim() === '') return;
    const line = JSON.parse(text) as Line;
    const failure = errorOfProblem(line);
    if (failure) throw failure;
    if (line.stage !== undefined) onStage(line.stage);
    else result = line.result ?? (line as ApplyResult);
  };
  try {
    for await (const piece of answer.pieces) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(read);
    }
    read(rest);
  } catch (error) {
    throw transport.explain(error);
  }
  if (result === undefined) throw new AppError('daemon-unreachable', 'The daemon ended its answer before the result.');
  return result;
}
