import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import type { MirrorView } from '../../client/mirrors.ts';
import { AppError } from '../../errors/app-error.ts';
import { parseMirrorTarget } from '../../model/mirror-target.ts';
import { type ClientOptions, connect, wholeNumber, withClient } from '../command-options.ts';
import { type FrameOptions, frameChoice, nicArgument, withFrames } from '../frame-options.ts';
import type { NicName } from '../nic-argument.ts';
import { plain, print, printJson, renderTable, renderTime } from '../output.ts';

interface MirrorOptions extends ClientOptions, FrameOptions {
  to?: string;
  list?: boolean;
  stop?: number;
}

const nameOf = ({ guest, nic }: MirrorView): string => `${guest}/${nic}`;

function onlyFrames({ protocol, port, peer, direction }: MirrorView): string {
  const words = [direction, protocol, port === undefined ? undefined : `port ${port}`, peer && `with ${peer}`];
  return words.filter((word) => word !== undefined).join(' ') || 'all';
}

function renderMirrors(mirrors: readonly MirrorView[]): string[] {
  const rows = mirrors.map((one) => [
    String(one.id),
    nameOf(one),
    one.to,
    onlyFrames(one),
    String(one.packets),
    String(one.bytes),
    String(one.skipped),
    renderTime(one.until),
  ]);
  return renderTable(['id', 'NIC', 'to', 'frames', '>copied', '>bytes', '>skipped', 'until'], rows);
}

async function begin(client: Client, nic: NicName | undefined, options: MirrorOptions): Promise<void> {
  if (nic === undefined || options.to === undefined) {
    throw new AppError(
      'value-invalid',
      'What shall be mirrored is not clear; expected a NIC and --to, such as `bridgekeeper mirror web1 --to eth2`, or --list, or --stop.',
    );
  }
  parseMirrorTarget(options.to);
  const view = await client.mirrors.start({ ...frameChoice(nic, options), to: options.to });
  if (options.json) return printJson(view);
  print(
    plain(`Mirror ${view.id}: NIC ${nameOf(view)} to ${view.to}, until ${renderTime(view.until)}.`),
    `End it with: bridgekeeper mirror --stop ${view.id}`,
  );
}

/** A file is written by who asks for it, with his own rights: the daemon writes none for others. */
const isFile = (to: string): boolean => to === '-' || /\.pcap$/.test(to) || (to.includes('/') && !to.includes('://'));

async function runMirror(nic: NicName | undefined, options: MirrorOptions): Promise<void> {
  if (nic !== undefined && options.to !== undefined && isFile(options.to)) {
    const { captureTo } = await import('../capture/capture-to.ts');
    return captureTo(nic, { ...options, to: options.to });
  }
  const client = await connect(options);
  if (options.list) {
    const mirrors = await client.mirrors.list();
    if (options.json) return printJson(mirrors);
    return print(...(mirrors.length === 0 ? ['Nothing is mirrored.'] : renderMirrors(mirrors)));
  }
  if (options.stop !== undefined) {
    const view = await client.mirrors.stop(options.stop);
    if (options.json) return printJson(view);
    return print(plain(`Mirror ${view.id} of NIC ${nameOf(view)} to ${view.to} has ended: ${view.packets} frames.`));
  }
  return begin(client, nic, options);
}

export function define(program: Command): void {
  const command = program
    .command('mirror')
    .description('copy frames of a NIC to an interface, a collector (VXLAN) or a file')
    .argument('[nic]', 'NIC such as web1 or web1/1', nicArgument)
    .option('--to <target>', 'eth2, vxlan://192.0.2.7:4789/42, or web1.pcap')
    .option('--list', 'list the mirrors that run')
    .option('--stop <id>', 'end this mirror', wholeNumber(1, 9999));
  withClient(
    withFrames(command),
    'bridgekeeper mirror web1 --to vxlan://192.0.2.7:4789/42 --protocol tcp --port 443 --for 10m',
  ).action(runMirror);
}
