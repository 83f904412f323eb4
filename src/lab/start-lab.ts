import { refuseSecondLab } from './demo.ts';
import { type LabHandle, startHolder, stopLab } from './holder.ts';
import { runInside } from './run-inside.ts';

/** Builds a lab that stays until `lab down`, with the gateway at work on it if wanted. One for each user. */
export async function startLab(options: { gateway: boolean; progress: (step: string) => void }): Promise<LabHandle> {
  await refuseSecondLab();
  const lab = await startHolder({ dieWithParent: false });
  try {
    const until = options.gateway ? 'ready' : 'built';
    await runInside(lab, { until, stay: true, vm: false }, (message) => {
      if (message.step !== undefined) options.progress(message.step);
    });
    return lab;
  } catch (error) {
    await stopLab(lab);
    throw error;
  }
}
