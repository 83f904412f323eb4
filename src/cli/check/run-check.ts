import type { Client } from '../../client/client.ts';
import { AppError, isAppError } from '../../errors/app-error.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { plainLine } from '../output.ts';
import type { Answer, Thresholds } from './answer.ts';
import { checkList } from './check-list.ts';

export interface CheckOrder {
  readonly what: string;
  readonly name?: string;
  readonly given: Thresholds;
  /** Seconds. */
  readonly timeout: number;
}

/** Title of an answer before it is known what is checked. */
const titleOf = (what: string): string => (Object.hasOwn(checkList, what) ? what.toUpperCase() : 'BRIDGEKEEPER');

/** A failure as plugins say it. */
export function unknownAnswer(what: string, error: unknown): Answer {
  const text = error instanceof Error ? error.message : String(error);
  const remedy = isAppError(error) && error.code === 'daemon-unreachable' ? [error.remedy] : [];
  const refused = isAppError(error) && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES';
  // Whoever may not ask does not know how the daemon is.
  const state = what === 'daemon' && remedy.length > 0 && !refused ? 'CRITICAL' : 'UNKNOWN';
  return { state, title: titleOf(what), text: plainLine(text).replace(/\.$/, ''), figures: [], more: remedy };
}

/** Never rejects: what goes wrong is an answer, too. */
export async function runCheck(connect: () => Promise<Client>, order: CheckOrder): Promise<Answer> {
  const { what, name, given, timeout } = order;
  let timer: NodeJS.Timeout | undefined;
  try {
    const check = Object.hasOwn(checkList, what) ? checkList[what] : undefined;
    if (check === undefined) {
      const near = nearestName(what, Object.keys(checkList));
      throw new AppError(
        'value-invalid',
        `there is no check ${JSON.stringify(what)}${near === undefined ? '' : ` (did you mean "${near}"?)`}; expected one of ${Object.keys(checkList).join(', ')}`,
      );
    }
    if (name !== undefined && check.name === undefined)
      throw new AppError('value-invalid', `check "${what}" takes no name, but there is ${JSON.stringify(name)}`);
    const late = new Promise<never>((_, reject) => {
      const wait = `${timeout} ${timeout === 1 ? 'second' : 'seconds'}`;
      const error = new AppError('daemon-unreachable', `The daemon did not answer within ${wait}.`);
      timer = setTimeout(() => reject(error), timeout * 1000);
    });
    const run = connect().then((client) => check.run({ client, given, ...(name === undefined ? {} : { name }) }));
    return await Promise.race([run, late]);
  } catch (error) {
    return unknownAnswer(what, error);
  } finally {
    clearTimeout(timer);
  }
}
