import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { Actor, JournalInput } from '../../registry/journal/journal.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import { type Authority, fingerprintOf, validityOf } from '../authority.ts';
import type { Principal } from '../principal.ts';
import type { OnEnded } from '../shown.ts';
import {
  checkOrder,
  defaultDays,
  drawId,
  type ProofKind,
  type ProofOrder,
  type ProofView,
  type StoredProof,
  sha256,
} from './proof.ts';
import { readPublicKey } from './public-key.ts';
import { drawToken } from './token.ts';

/** Of each kind, so that memory and a list stay small. */
const mostOfKind = 10_000;
const day = 86_400_000;
/** What expired is still listed for so long, so that whoever wonders finds out. */
const keepExpired = 30 * day;

export interface ProofParts {
  readonly kept: Kept;
  readonly clock: Clock;
  /** Made when it is first needed. */
  readonly authority: () => Promise<Authority>;
  readonly onEnded: OnEnded;
}

interface Entry {
  readonly kind: ProofKind;
  readonly stored: StoredProof;
  used?: { readonly at: number; readonly from: string };
}

/** Tokens and certificates that let somebody in: all in memory, and durable before they count. */
export class ProofBook {
  readonly #parts: ProofParts;
  readonly #entries = new Map<string, Entry>();
  /** Ids by the certificate's digest. */
  readonly #certificates = new Map<string, string>();

  private constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  static async open(parts: ProofParts): Promise<ProofBook> {
    const book = new ProofBook(parts);
    for (const kind of ['token', 'certificate'] as const) {
      for (const { id, body } of await parts.kept.load<StoredProof>(kind)) book.#add(id, { kind, stored: body });
    }
    return book;
  }

  /** Newest first. */
  list(): ProofView[] {
    return [...this.#entries.keys()].map((id) => this.#view(id)).sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  }

  /** Who shows the token with this id, if the digest is its own. Throws `unauthenticated`. */
  byToken(id: string, digest: string, from: string): Principal {
    const entry = this.#entries.get(id);
    if (entry?.kind !== 'token' || !sameDigest(entry.stored.digest, digest))
      throw new AppError('unauthenticated', 'The token is not one that was issued here, or it was revoked.');
    return this.#principal(id, entry, from);
  }

  /** Who shows the certificate of this digest. Throws `unauthenticated`. */
  byCertificate(digest: string, from: string): Principal {
    const id = this.#certificates.get(digest);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined)
      throw new AppError(
        'unauthenticated',
        'The client certificate is not one that was issued here, or it was revoked.',
      );
    return this.#principal(id, entry, from);
  }

  /**
   * Answers the token, which nobody can be told again; without it when it is only planned. Throws `value-invalid`,
   * `conflict`, `registry-failed`.
   */
  async issueToken(order: ProofOrder, actor: Actor, plan = false): Promise<ProofView & { readonly token?: string }> {
    checkOrder(order);
    const id = drawId('token');
    const token = drawToken(id);
    const until = this.#parts.clock.now() + (order.days ?? defaultDays.token) * day;
    const view = await this.#issue('token', id, order, { digest: sha256(token), until }, actor, plan);
    return plan ? view : { ...view, token };
  }

  /**
   * Answers a certificate (PEM) for whoever holds the private key of `publicKey` (PEM); without it when it is only
   * planned. Throws `value-invalid`, `conflict`, `registry-failed`.
   */
  async issueCertificate(
    order: ProofOrder & { readonly publicKey: string },
    actor: Actor,
    plan = false,
  ): Promise<ProofView & { readonly certificate?: string; readonly authority: string }> {
    checkOrder(order);
    const key: KeyObject = readPublicKey(order.publicKey);
    const authority = await this.#parts.authority();
    const certificate = await authority.issueForClient(order.name, key, order.days ?? defaultDays.certificate);
    const { until } = validityOf(certificate);
    const about = { digest: fingerprintOf(certificate), until };
    const view = await this.#issue('certificate', drawId('certificate'), order, about, actor, plan);
    return { ...view, ...(!plan && { certificate }), authority: authority.certificate };
  }

  /**
   * From now on it lets nobody in, and whatever is open for it is cut. That holds even when it cannot be written down
   * (`registry-failed`): then it would count again after a restart, and has to be revoked once more. Throws `not-found`.
   */
  async revoke(id: string, actor: Actor, plan = false): Promise<ProofView> {
    if (!this.#entries.has(id))
      throw new AppError(
        'not-found',
        `There is no token or certificate ${quoteValue(id)}; \`bridgekeeper access list\` names them.`,
      );
    const view = this.#view(id);
    if (plan) return view;
    const { kind } = view;
    this.#forget(id);
    const { clock, kept } = this.#parts;
    const text = `${nameOf(view)} was revoked.`;
    try {
      await kept.change(kind, { remove: [id] }, [
        { kind: 'access', text, at: clock.now(), actor, before: auditOf(view) },
      ]);
    } catch (cause) {
      throw new AppError(
        'registry-failed',
        `${nameOf(view)} lets nobody in any more, but that could not be stored, so it would after a restart of the daemon: ${(cause as Error).message}`,
        { cause },
      );
    }
    return view;
  }

  /** Our own authority, whose certificate tells clients that a daemon is this one. */
  async authority(): Promise<{ readonly certificate: string; readonly fingerprint: string; readonly until: number }> {
    const { certificate } = await this.#parts.authority();
    return { certificate, fingerprint: fingerprintOf(certificate), until: validityOf(certificate).until };
  }

  async #issue(
    kind: ProofKind,
    id: string,
    { name, role, owner, only }: ProofOrder,
    about: Pick<StoredProof, 'digest' | 'until'>,
    actor: Actor,
    plan: boolean,
  ): Promise<ProofView> {
    const { clock, kept } = this.#parts;
    const now = clock.now();
    const old = [...this.#entries].filter(([, entry]) => entry.kind === kind && entry.stored.until < now - keepExpired);
    const count = [...this.#entries.values()].filter((entry) => entry.kind === kind).length - old.length;
    if (count >= mostOfKind)
      throw new AppError('conflict', `There are ${count} ${kind}s already; revoke those that nobody needs.`);
    const stored: StoredProof = {
      name,
      role,
      ...(owner !== undefined && { owner }),
      ...(only !== undefined && { only }),
      ...about,
      at: now,
      by: actor.who,
    };
    const entry = { kind, stored };
    const view = viewOf(id, entry, now);
    if (plan) return view;
    const input: JournalInput = {
      kind: 'access',
      text: `${nameOf(view)} was issued.`,
      at: now,
      actor,
      after: auditOf(view),
      ...(owner !== undefined && { owners: [owner] }),
    };
    await kept.change(kind, { put: [{ id, body: stored }], remove: old.map(([gone]) => gone) }, [input]);
    for (const [gone] of old) this.#forget(gone);
    this.#add(id, entry);
    return view;
  }

  #add(id: string, entry: Entry): void {
    this.#entries.set(id, entry);
    if (entry.kind === 'certificate') this.#certificates.set(entry.stored.digest, id);
  }

  #forget(id: string): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    if (entry?.kind === 'certificate') this.#certificates.delete(entry.stored.digest);
    this.#parts.onEnded(id);
  }

  #view(id: string): ProofView {
    return viewOf(id, this.#entries.get(id) as Entry, this.#parts.clock.now());
  }

  #principal(id: string, entry: Entry, from: string): Principal {
    const { name, role, owner, only, until } = entry.stored;
    const at = this.#parts.clock.now();
    if (at >= until)
      throw new AppError(
        'unauthenticated',
        `The ${entry.kind} ${quoteValue(id)} of ${quoteValue(name)} has expired at ${new Date(until).toISOString()}.`,
      );
    entry.used = { at, from };
    return {
      name,
      role,
      ...(owner !== undefined && { owner }),
      ...(only !== undefined && { only }),
      proof: entry.kind,
      id,
      from,
      until,
    };
  }
}

/** In constant time: how long it takes tells nothing of how much was right. */
function sameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}

function viewOf(id: string, { kind, stored, used }: Entry, now: number): ProofView {
  const { digest: _digest, ...rest } = stored;
  return {
    id,
    kind,
    ...rest,
    expired: now >= stored.until,
    ...(used !== undefined && { usedAt: used.at, usedFrom: used.from }),
  };
}

/** `Token "tabc…" of "ci" (operator)`. */
function nameOf({ kind, id, name, role, owner }: ProofView): string {
  const what = kind === 'token' ? 'Token' : 'Certificate';
  const whose = owner === undefined ? '' : ` of owner ${quoteValue(owner)}`;
  return `${what} ${quoteValue(id)} for ${quoteValue(name)} (${role}${whose})`;
}

const auditOf = ({ id, kind, name, role, owner, only, until }: ProofView) => ({
  id,
  kind,
  name,
  role,
  owner,
  only,
  until,
});
