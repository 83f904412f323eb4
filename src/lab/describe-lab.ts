import type { LabHandle } from './holder.ts';
import { renderEnterCommand } from './isolation.ts';
import { labFiles, namespaces } from './scenario.ts';

/** A lab that is up, for people and machines. */
export interface LabDescription {
  /** Process that holds it. */
  readonly pid: number;
  readonly namespaces: readonly string[];
  /** Socket of the lab's daemon, as it is called inside. */
  readonly socket: string;
  /** Command lines that enter the host's namespace. */
  readonly enter: { readonly user: string; readonly root: string };
}

export function describeLab(lab: LabHandle): LabDescription {
  const line = (as: 'root' | 'user') =>
    [...renderEnterCommand(lab, as), 'ip', 'netns', 'exec', 'host', 'bash'].join(' ');
  return {
    pid: lab.pid,
    namespaces,
    socket: labFiles.socket,
    enter: { user: line(lab.userNamespace ? 'user' : 'root'), root: line('root') },
  };
}

/** What `lab up` and `demo --keep` print. */
export function renderLab(lab: LabDescription): string[] {
  const { user, root } = lab.enter;
  return [
    `The lab is up, held by process ${lab.pid}. Its namespaces: ${lab.namespaces.join(', ')}.`,
    'Enter one of them:',
    '  bridgekeeper lab enter host              (or world, web1, db1, api1, sip1)',
    '  bridgekeeper lab enter web1 -- ip address',
    'or without Bridgekeeper:',
    `  ${user}`,
    ...(root === user ? [] : [`  sudo ${root}`]),
    `Inside, the daemon's socket is ${lab.socket} (lab enter sets BRIDGEKEEPER_SOCKET to it).`,
    'End it:',
    '  bridgekeeper lab down',
  ];
}
