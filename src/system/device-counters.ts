import { readFile } from 'node:fs/promises';

/** What a network device has received and sent since it was made. It starts again at 0 with a new device of the name. */
export interface DeviceCounters {
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly packetsSent: number;
}

/** Counters by device, from the text of /proc/net/dev (proc_pid_net(5)): eight columns received, eight sent. */
export function parseDeviceCounters(text: string): Map<string, DeviceCounters> {
  const counters = new Map<string, DeviceCounters>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    // The two lines of headings have none.
    if (colon < 0) continue;
    const columns = line.slice(colon + 1).match(/\d+/g);
    if (columns === null || columns.length < 16) continue;
    counters.set(line.slice(0, colon).trim(), {
      bytesReceived: Number(columns[0]),
      packetsReceived: Number(columns[1]),
      bytesSent: Number(columns[8]),
      packetsSent: Number(columns[9]),
    });
  }
  return counters;
}

/** Counters of all devices of this namespace, in one file, however many they are. Empty where /proc is not there. */
export async function readDeviceCounters(): Promise<Map<string, DeviceCounters>> {
  return parseDeviceCounters(await readFile('/proc/self/net/dev', 'utf8').catch(() => ''));
}
