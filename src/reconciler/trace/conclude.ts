import { type HeldBetween, overlaps } from '../../registry/holders/holders.ts';
import type { HostPorts } from '../host-ports.ts';
import type { TracedGuest, TraceVerdict } from './contract.ts';
import type { Evidence } from './gather-guests.ts';
import type { KnownAddress } from './known-addresses.ts';
import type { Asked } from './read-question.ts';

/** Whether the host uses a port itself: for flows of its own, or because it listens on it. As of now. */
function usesPort({ ephemeral, listening }: HostPorts, port: number | undefined): boolean {
  if (port === undefined) return false;
  return (port >= ephemeral.first && port <= ephemeral.last) || listening.some((socket) => socket.port === port);
}

/** `guests` are those that are meant. */
export function verdictOf(
  guests: number,
  asked: Asked,
  { sessions, claims }: Evidence,
  { known, ports }: { readonly known: KnownAddress; readonly ports: HostPorts },
): TraceVerdict {
  if (guests > 0) return guests === 1 ? 'guest' : 'several';
  if (claims.length > 0 || sessions.some(({ party }) => party.kind === 'erased')) return 'erased';
  if (sessions.some(({ party }) => party.kind === 'host')) return 'host';
  if (!known.isShared) return known.host.has(asked.address) ? 'host' : 'nobody';
  return known.ours && usesPort(ports, asked.port) ? 'host' : 'nobody';
}

/** What else a reader should know. */
export async function notesOf(
  asked: Asked,
  about: {
    readonly verdict: TraceVerdict;
    /** Guests that the registry names and the log does not. */
    readonly others: readonly TracedGuest[];
    readonly evidence: Evidence;
    readonly known: KnownAddress;
    readonly held: HeldBetween;
    /** There are more sessions than were looked at. */
    readonly cut: boolean;
  },
): Promise<string[]> {
  const { verdict, others, evidence, known, held, cut } = about;
  const notes = others.map(
    ({ guest }) => `Guest "${guest}" had it in that time too, as the registry says, and no session with it.`,
  );
  if (cut)
    notes.push(
      `There are more than ${evidence.sessions.length} sessions of it, and the later ones were not looked at: those may be others'. Ask for a port, or a shorter time.`,
    );
  if (!known.ours) notes.push(`At that time "${asked.address}" was not the shared address of this site.`);
  if (verdict === 'host' || verdict === 'nobody') {
    const erased = (await held.erased()).filter((span) => overlaps(span, asked.from, asked.to));
    const segments = [...new Set(erased.map(({ segment }) => `"${segment}"`))].join(', ');
    if (erased.length > 0)
      notes.push(`What a NIC of segment ${segments} held at that time was erased since: it may have been that one.`);
  } else if (verdict !== 'erased') {
    if (evidence.claims.some(({ guest }) => guest === undefined))
      notes.push('For a part of that time it was a guest that has been erased since.');
    // Who asked for more than that knows of it.
    if (evidence.sessions.length === 0 && asked.to - asked.from < 5 * 60_000)
      notes.push('If the time may be off, say by how much: --within 5m.');
  }
  return notes;
}
