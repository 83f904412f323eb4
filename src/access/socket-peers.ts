import { readFileSync } from 'node:fs';
import { AppError } from '../errors/app-error.ts';
import type { Principal } from './principal.ts';
import type { ProofReader, Shown } from './shown.ts';

/** Members may do everything over the socket, as root. */
export const groupName = 'bridgekeeper';

/** Fields of the first line of /etc/passwd or /etc/group that `fits` (passwd(5), group(5)). */
function entryOf(file: string, fits: (fields: readonly string[]) => boolean): string[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    if (fits(fields)) return fields;
  }
  return undefined;
}

/** Number of the group whose members may use the socket; undefined where there is none. */
export function groupId(): number | undefined {
  const id = entryOf('/etc/group', ([name]) => name === groupName)?.[2];
  return id !== undefined && /^\d{1,10}$/.test(id) ? Number(id) : undefined;
}

/** `alice`; `uid-1000` for a user who is not in /etc/passwd. */
function userName(uid: number): string {
  return entryOf('/etc/passwd', (fields) => fields[2] === String(uid))?.[0] || `uid-${uid}`;
}

/** What the header Bridgekeeper-Author says (percent-encoded). Throws `request-invalid`. */
function readAuthor(header: string): string {
  let author: string;
  try {
    author = decodeURIComponent(header);
  } catch (cause) {
    throw new AppError(
      'request-invalid',
      `Header Bridgekeeper-Author ${JSON.stringify(header)} is not percent-encoded.`,
      { cause },
    );
  }
  if (!/^[^\p{C}]{1,64}$/u.test(author)) {
    throw new AppError(
      'request-invalid',
      `Header Bridgekeeper-Author ${JSON.stringify(author)} is not 1 to 64 printable characters.`,
    );
  }
  return author;
}

/**
 * Who opened the unix socket, as the kernel says: root, the daemon's user and members of the group `bridgekeeper` may
 * do everything, nobody else anything, whatever the socket's permissions became. Root and the daemon's user may put
 * another name in front (`sudo` does: Bridgekeeper-Author), since they could write the journal's file as well.
 */
export class SocketPeers implements ProofReader {
  readonly #self: number;
  readonly #group: () => number | undefined;

  /** `self`: the daemon's user; `group`: the one whose members may do everything. */
  constructor(self = process.getuid?.() ?? -1, group = groupId) {
    this.#self = self;
    this.#group = group;
  }

  read({ peer, from, author }: Shown): Principal | undefined {
    if (peer === undefined) return undefined;
    const everything = { role: 'admin', proof: 'socket', from } as const;
    if (peer.uid === 0 || peer.uid === this.#self) {
      return { name: author === undefined ? userName(peer.uid) : readAuthor(author), ...everything };
    }
    const name = userName(peer.uid);
    const group = this.#group();
    if (group !== undefined && (peer.gid === group || peer.groups.includes(group))) return { name, ...everything };
    throw new AppError(
      'forbidden',
      `User ${JSON.stringify(name)} is not in the group "${groupName}"; the socket is for its members, root and the daemon's user.`,
    );
  }
}
