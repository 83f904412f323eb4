import { SessionFlag, type SessionRecords, tcpStates } from '../../model/session-record.ts';

/** What a session without a state of TCP can be. */
const others = ['unreplied', 'replied', 'assured'] as const;

/** Every state that a session can be in, by its number here: those of TCP are the kernel's. */
export const sessionStates: readonly string[] = [...tcpStates, ...others];

const unreplied = tcpStates.length;

/** Number of a session's state in `sessionStates`. */
export function stateOf(records: SessionRecords, index: number): number {
  const tcp = records.tcpState(index);
  if (tcp > 0 && tcp < tcpStates.length) return tcp;
  const flags = records.flags(index);
  if ((flags & SessionFlag.seenReply) === 0) return unreplied;
  return (flags & SessionFlag.assured) === 0 ? unreplied + 1 : unreplied + 2;
}

/** States that a word of a filter stands for: its own, or those of TCP's handshake for `half-open`. Empty for no such word. */
export function statesNamed(word: string): readonly number[] {
  const names = word === 'half-open' ? ['syn-sent', 'syn-recv', 'syn-sent2'] : [word];
  return names.map((name) => sessionStates.indexOf(name)).filter((state) => state > 0);
}

/** Words that `statesNamed` knows. */
export const stateWords: readonly string[] = [...sessionStates.slice(1), 'half-open'];
