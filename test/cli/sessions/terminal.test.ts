import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PseudoTerminal } from './pseudo-terminal.ts';

const drawing = fileURLToPath(new URL('draw-until-ended.ts', import.meta.url));
const size = { columns: 60, rows: 10 };

/** A program that draws, and after it a shell that tells its exit status and how the terminal is set. */
async function draw(t: TestContext): Promise<{ terminal: PseudoTerminal; pid: number }> {
  const terminal = new PseudoTerminal(
    `${process.execPath} ${drawing}; echo "status $?" $(stty -a | tr ';' '\\n')`,
    size,
  );
  t.after(() => terminal.kill());
  await terminal.shows(/pid \d+/);
  assert.equal(terminal.screen.alternate, true);
  assert.equal(terminal.screen.cursorVisible, false);
  return { terminal, pid: Number(/pid (\d+)/.exec(terminal.screen.lines.join('\n'))?.[1]) };
}

async function assertRestored({ screen }: PseudoTerminal, status: number): Promise<void> {
  const text = screen.lines.join(' ');
  assert.match(text, new RegExp(`status ${status}\\b`));
  assert.deepEqual([screen.alternate, screen.cursorVisible], [false, true]);
  // Lines are put together by the terminal again, and what is typed is shown.
  assert.match(text, / icanon .* echo /);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} ends a screen as it ends anything, and the terminal is as it was`, async (t) => {
    const { terminal, pid } = await draw(t);
    process.kill(pid, signal);
    await terminal.ended();
    await assertRestored(terminal, { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal]);
  });
}

for (const [key, what] of [
  ['x', 'an error that nobody catches'],
  ['p', 'a rejection that nobody handles'],
] as const) {
  test(`after ${what} the terminal is as it was, and the error is to be read`, async (t) => {
    const { terminal } = await draw(t);
    terminal.type(key);
    await terminal.ended();
    await assertRestored(terminal, 1);
    assert.match(terminal.screen.lines.join('\n'), /Error: on purpose/);
  });
}

test('keys have their names, and a program that ends leaves nothing behind', async (t) => {
  const { terminal } = await draw(t);
  for (const [keys, name] of [
    ['\u001b[A', 'up'],
    ['\u001b[6~', 'pagedown'],
    ['\r', 'return'],
    ['\u007f', 'backspace'],
  ] as const) {
    terminal.type(keys);
    await terminal.shows(new RegExp(`key ${name}`));
  }
  terminal.type('q');
  await terminal.ended();
  await assertRestored(terminal, 0);
});
