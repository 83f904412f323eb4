import { AppError } from '../errors/app-error.ts';

/**
 * Whether the user agrees to `question`, who is asked on the terminal unless `--yes` was given. Throws `value-invalid`
 * with `refusal` when there is nobody to ask.
 */
export async function agreed(
  options: { yes?: boolean; json?: boolean },
  question: string,
  refusal: string,
): Promise<boolean> {
  if (options.yes) return true;
  if (options.json || !process.stdin.isTTY || !process.stderr.isTTY) throw new AppError('value-invalid', refusal);
  const { createInterface } = await import('node:readline/promises');
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await dialogue.question(`${question} Type "yes" to go on: `);
    return answer.trim() === 'yes';
  } catch (error) {
    // Ctrl-C and Ctrl-D are a no.
    if ((error as Error).name !== 'AbortError') throw error;
    process.stderr.write('\n');
    return false;
  } finally {
    dialogue.close();
  }
}
