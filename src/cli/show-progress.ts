import type { WriteStream } from 'node:tty';
import type { ChangeStage } from '../client/client.ts';

/** Milliseconds that nobody needs to be told anything. */
const patience = 700;

const words: Readonly<Record<ChangeStage, string>> = {
  read: 'reading',
  wait: 'waiting for its turn',
  plan: 'working out what changes',
  kernel: 'changing the host',
  commit: 'storing',
};

/** Shows on a terminal how far a change is, once it takes longer than a moment, and leaves nothing behind. */
export function showProgress(stream: Pick<WriteStream, 'isTTY' | 'write'>): {
  stage: (stage: ChangeStage) => void;
  end: () => void;
} {
  if (!stream.isTTY) return { stage: () => undefined, end: () => undefined };
  let latest: ChangeStage = 'read';
  let shown = false;
  const show = (): void => {
    shown = true;
    stream.write(`\r\u001b[K${words[latest]} …`);
  };
  const timer = setTimeout(show, patience);
  return {
    stage: (stage) => {
      latest = stage;
      if (shown) show();
    },
    end: () => {
      clearTimeout(timer);
      if (shown) stream.write('\r\u001b[K');
    },
  };
}
