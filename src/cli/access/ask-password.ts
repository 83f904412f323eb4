import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { AppError } from '../../errors/app-error.ts';

/** Asks on the terminal without showing what is typed. */
async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const dialogue = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await dialogue.question('');
  } finally {
    dialogue.close();
    process.stderr.write('\n');
  }
}

/** The first line of stdin, for scripts. */
async function readLine(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece;
    if (text.includes('\n') || text.length > 1024) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/** A new password, asked for twice on the terminal, or read from stdin where that is none. Throws `value-invalid`. */
export async function askNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) return readLine();
  const password = await askHidden('New password (12 characters or more): ');
  if (password !== (await askHidden('The same again: ')))
    throw new AppError('value-invalid', 'The two passwords are not the same; nothing was changed.');
  return password;
}
