import type { DesiredState } from '../../../model/desired-state.ts';
import { renderDnsmasq, servedSegments } from './render-dnsmasq.ts';
import type { DesiredService, ObservedService, ServiceAction, ServiceStep } from './service.ts';
import { serviceFiles } from './service-files.ts';

/** The services of a site, by segment. `directory` is that of all services. Pure. */
export function desiredServices(desired: DesiredState, directory: string): Map<string, DesiredService> {
  const texts = renderDnsmasq(desired, directory);
  return new Map(
    servedSegments(desired).map(({ name, bridge }) => {
      const files = serviceFiles(directory, name);
      const own = [...texts].filter(([path]) => path.startsWith(`${files.directory}/`));
      return [name, { segment: name, bridge, files, texts: new Map(own) }];
    }),
  );
}

/**
 * Whether a change takes lines away. dnsmasq notices by itself what is added to a file that it watches, and goes on
 * serving what is no longer there until SIGHUP (measured on 2.90).
 */
function takesAway(before: string | undefined, after: string | undefined): boolean {
  const lines = new Set((after ?? '').split('\n'));
  return (before ?? '').split('\n').some((line) => !lines.has(line));
}

/** What makes the files of `to` out of those of `from`. */
function writeActions(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): ServiceAction[] {
  const paths = [...new Set([...to.keys(), ...from.keys()])].filter((path) => to.get(path) !== from.get(path));
  return paths.map((path) => {
    const text = to.get(path);
    return text === undefined ? { kind: 'delete', path } : { kind: 'write', path, text };
  });
}

const nothing: ReadonlyMap<string, string> = new Map();

function removal({ files, segment, bridge, texts, pid, leases }: ObservedService): ServiceStep {
  return {
    change: 'remove',
    object: 'service',
    text: `stop DHCP and DNS of segment "${segment}"`,
    actions: [
      { kind: 'stop', files },
      { kind: 'delete', path: files.directory },
    ],
    undo: [
      ...writeActions(nothing, texts),
      ...(leases === undefined ? [] : [{ kind: 'write', path: files.leases, text: leases } as const]),
      ...(pid === undefined ? [] : [{ kind: 'start', files, bridge } as const]),
    ],
  };
}

function planService(wanted: DesiredService, seen: ObservedService | undefined): ServiceStep | undefined {
  const { files, segment, bridge } = wanted;
  const texts = seen?.texts ?? nothing;
  const writes = writeActions(texts, wanted.texts);
  const unwrite = writeActions(wanted.texts, texts);
  const names = `DHCP and DNS of segment "${segment}"`;
  const start: ServiceAction = { kind: 'start', files, bridge };
  if (seen?.pid === undefined) {
    const clear: ServiceAction[] = seen ? unwrite : [{ kind: 'delete', path: files.directory }];
    return {
      change: 'add',
      object: 'service',
      text: `start ${names} on bridge "${bridge}"`,
      actions: [...writes, start],
      undo: [{ kind: 'stop', files }, ...clear],
    };
  }
  const rewritten = wanted.texts.get(files.configuration) !== texts.get(files.configuration);
  if (rewritten || !seen.bridgeIsSame) {
    return {
      change: 'change',
      object: 'service',
      text: `start ${names} again: ${rewritten ? 'its settings changed' : `bridge "${bridge}" was made anew`}`,
      actions: [...writes, start],
      // A process that was found by its argv has no record of its bridge.
      undo: [...unwrite, { ...start, bridge: seen.bridge || bridge }],
    };
  }
  if (writes.length === 0) return undefined;
  const reload: ServiceAction = { kind: 'reload', files };
  const less = [files.reservations, files.names].some((path) => takesAway(texts.get(path), wanted.texts.get(path)));
  return {
    change: 'change',
    object: 'service',
    text: `change the reservations and names of segment "${segment}"`,
    actions: [...writes, ...(less ? [reload] : [])],
    undo: [...unwrite, reload],
  };
}

/**
 * Compares the services that a site wants with those that were found. Pure.
 */
export function planDnsmasq(
  desired: ReadonlyMap<string, DesiredService>,
  observed: ReadonlyMap<string, ObservedService>,
): ServiceStep[] {
  const steps: ServiceStep[] = [];
  for (const [segment, seen] of observed) {
    if (!desired.has(segment)) steps.push(removal(seen));
  }
  for (const [segment, wanted] of desired) {
    const step = planService(wanted, observed.get(segment));
    if (step) steps.push(step);
  }
  return steps;
}
