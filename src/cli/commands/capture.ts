import type { Command } from 'commander';
import type { CaptureOptions } from '../capture/capture-to.ts';
import { wholeNumber, withClient } from '../command-options.ts';
import { nicArgument, withFrames } from '../frame-options.ts';
import type { NicName } from '../nic-argument.ts';

interface Options extends CaptureOptions {
  to?: string;
  link?: boolean;
}

async function runCapture(nic: NicName, options: Options): Promise<void> {
  if (options.to !== undefined) {
    const { captureTo } = await import('../capture/capture-to.ts');
    return captureTo(nic, { ...options, to: options.to });
  }
  const { captureLines } = await import('../capture/capture-lines.ts');
  return captureLines(nic, options);
}

export function define(program: Command): void {
  const command = program
    .command('capture')
    .description("show what passes a NIC's port, with guest names, or write it to a pcap file")
    .argument('<nic>', 'NIC such as web1 or web1/1', nicArgument)
    .option('--to <file>', 'write a pcap file instead, - for stdout')
    .option('--count <number>', 'end after so many frames', wholeNumber(1))
    .option('--snap <bytes>', 'bytes of each frame that are kept; 0 is all of them', wholeNumber(0, 262_144))
    .option('--link', 'show MAC addresses, too');
  withClient(withFrames(command), 'bridgekeeper capture web1 --protocol tcp --port 443').action(runCapture);
}
