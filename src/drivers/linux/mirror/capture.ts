import { setTimeout as sleep } from 'node:timers/promises';
import { openPcap, pcapFileHeader } from '../../../system/pcap.ts';
import type { CaptureRequest, RunningCapture } from '../../driver.ts';
import { renderCaptureFilter } from './render-capture-filter.ts';

const readEvery = 20;
/** Frames that are read before others get their turn. */
const atOnce = 512;

/** Starts to read at a port. Throws `command-failed` when it is not there. */
export function startCapture(request: CaptureRequest): RunningCapture {
  const frames = openPcap(request.port, renderCaptureFilter(request), request.snap);
  const stopped = new AbortController();
  return {
    pcap: (async function* () {
      try {
        yield pcapFileHeader(request.snap);
        while (!stopped.signal.aborted) {
          const records = frames.drain(atOnce);
          if (records.length > 0) yield Buffer.concat(records);
          // What came in before the stop is still handed out.
          else await sleep(readEvery, undefined, { signal: stopped.signal }).catch(() => {});
        }
        yield Buffer.concat(frames.drain(Number.POSITIVE_INFINITY));
      } finally {
        frames.close();
      }
    })(),
    stop: () => stopped.abort(),
  };
}
