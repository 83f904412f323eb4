import { refuseSecondLab } from './demo.ts';
import { type LabHandle, startHolder, stopLab } from './holder.ts';
import { openPageDoor, type PageDoor } from './page-door.ts';
import { runInside } from './run-inside.ts';

export interface LabOptions {
  /** Also start the daemon in it, apply the example and set the guests up. */
  readonly gateway: boolean;
  /** Port of this machine's loopback behind which the gateway's page is; 0 is any. */
  readonly page?: number;
  readonly progress: (step: string) => void;
}

export interface StartedLab {
  readonly lab: LabHandle;
  /** Address of the page that lets in once, for five minutes. */
  readonly page?: string;
}

/** Builds a lab that stays until `lab down`, with the gateway at work on it if wanted. One for each user. */
export async function startLab(options: LabOptions): Promise<StartedLab> {
  await refuseSecondLab();
  // First of all: a port that is taken is said before anything is built.
  const door = options.page === undefined ? undefined : await openPageDoor(options.page);
  try {
    const lab = await startHolder({ dieWithParent: false });
    try {
      return await fillLab(lab, options, door);
    } catch (error) {
      await stopLab(lab);
      throw error;
    }
  } finally {
    await door?.close();
  }
}

async function fillLab(lab: LabHandle, options: LabOptions, door: PageDoor | undefined): Promise<StartedLab> {
  const until = options.gateway || door !== undefined ? 'ready' : 'built';
  let link = '';
  const order = { until, stay: true, vm: false, ...(door !== undefined && { page: door.port }) } as const;
  await runInside(lab, order, (message) => {
    if (message.step !== undefined) options.progress(message.step);
    if (message.link !== undefined) link = message.link;
  });
  if (door === undefined) return { lab };
  await door.handIn(lab);
  return { lab, page: `https://127.0.0.1:${door.port}${link}` };
}
