import { Terminal } from '../../../src/cli/sessions/terminal.ts';

/** Draws one line until it is told to end, or does what its keys say. Run by terminal.test.ts on a pseudo terminal. */
const terminal = new Terminal(
  ({ name, character }) => {
    if (character === 'q') end();
    if (character === 'x') throw new Error('on purpose');
    if (character === 'p') Promise.reject(new Error('on purpose'));
    terminal.show(['drawn', `key ${name}`]);
  },
  () => terminal.show(['drawn', `${terminal.size.columns} x ${terminal.size.rows}`]),
  () => end(),
);

function end(): void {
  clearInterval(timer);
  terminal.close();
}

const timer = setInterval(() => {}, 1000);
terminal.show(['drawn', `pid ${process.pid}`]);
