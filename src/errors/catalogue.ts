interface CatalogueEntry {
  /** HTTP status (RFC 9110). */
  status: number;
  /** Exit status of a command: 2 = the input is wrong, 1 = everything else. */
  exit: 1 | 2;
  title: string;
  remedy: string;
}

const entry = (status: number, exit: 1 | 2, title: string, remedy: string): CatalogueEntry => ({
  status,
  exit,
  title,
  remedy,
});

/** Every failure Bridgekeeper can report. docs/reference/errors.md is generated from this. */
export const errorCatalogue = {
  'value-invalid': entry(400, 2, 'A value is not of its kind', 'Correct the value as the message says.'),
  'site-invalid': entry(422, 2, 'The site file has mistakes', 'Correct each line that is listed; nothing was changed.'),
  'site-unreadable': entry(400, 2, 'The site file cannot be read', 'Check path, size and encoding (UTF-8 YAML).'),
  'import-unreadable': entry(
    400,
    2,
    'The text to import cannot be read',
    'Check file, encoding and format; the command with --help says what it reads.',
  ),
  conflict: entry(
    409,
    2,
    'The change conflicts with what is already held',
    'Choose another value, or free the one that is held.',
  ),
  'not-found': entry(
    404,
    2,
    'There is no such object',
    'Correct the name; `bridgekeeper status`, `leases`, `mac pools`, `alerts`, `isolate` and `access` show what there is.',
  ),
  'pool-exhausted': entry(409, 1, 'A pool has no free address', 'Enlarge the pool or release leases.'),
  'ports-exhausted': entry(
    409,
    2,
    'The shared address has too few ports left',
    'Lower limits.portBlock (or sessionsPerGuest), publish fewer ports, or narrow net.ipv4.ip_local_port_range.',
  ),
  'registry-failed': entry(
    500,
    1,
    'The registry could not store the change',
    'Check the disk and the state directory; nothing was changed.',
  ),
  'command-failed': entry(
    500,
    1,
    'A command of the system failed',
    'Read the command, its exit status and its output below.',
  ),
  'nftables-failed': entry(
    500,
    1,
    'The kernel refused the nftables transaction',
    'Nothing was changed. Read what the kernel said below.',
  ),
  'apply-failed': entry(
    500,
    1,
    'The change could not be applied',
    'Every step was undone. Mend the cause and apply again.',
  ),
  'undo-failed': entry(
    500,
    1,
    'A change failed and could not be undone completely',
    'Run `bridgekeeper verify`; the daemon goes on trying to mend it.',
  ),
  unsupported: entry(501, 1, 'This host cannot do that', 'See `bridgekeeper status` for what this host can do.'),
  'privileges-missing': entry(
    403,
    1,
    'The daemon lacks a capability it needs',
    'Run it as root or with CAP_NET_ADMIN and CAP_NET_RAW.',
  ),
  'daemon-unreachable': entry(
    503,
    1,
    'The daemon cannot be reached',
    'If it does not run, start it with `bridgekeeper daemon`; if it does, name its socket with --socket (BRIDGEKEEPER_SOCKET) or its address with --server (BRIDGEKEEPER_SERVER).',
  ),
  'daemon-running': entry(
    409,
    1,
    'Another daemon holds this state directory',
    'Stop it first, or use another --state directory.',
  ),
  'uplink-unsuitable': entry(
    409,
    1,
    'This host has no uplink whose address could be shared',
    'Give the interface that leads to the world an IPv4 address and a default route, or name it with --uplink.',
  ),
  'nothing-to-confirm': entry(
    409,
    2,
    'No change waits to be confirmed',
    'It was confirmed or rolled back already; see `bridgekeeper history`.',
  ),
  'confirmation-pending': entry(
    409,
    1,
    'A change waits to be confirmed',
    'Run `bridgekeeper confirm` or `bridgekeeper rollback` first.',
  ),
  'request-invalid': entry(
    400,
    2,
    'The request is malformed',
    'Compare it with the OpenAPI document at /openapi.json.',
  ),
  unauthenticated: entry(
    401,
    1,
    'Nobody has said who asks',
    'Log in, or send a client certificate or `Authorization: Bearer TOKEN`; `bridgekeeper access` makes them, --certificate and --token-file name them.',
  ),
  forbidden: entry(
    403,
    1,
    'Whoever asks may not do that',
    'Ask an administrator; docs/reference/access.md says which role may do what.',
  ),
  'quota-exceeded': entry(
    403,
    1,
    'The quota of the owner is used up',
    'Remove what is no longer needed, or ask an administrator for more (`owners` in the site file).',
  ),
  'too-many-requests': entry(
    429,
    1,
    'Too many requests in a short time',
    'Wait as long as the header Retry-After says, then ask again.',
  ),
  'precondition-failed': entry(
    412,
    2,
    'What was to be changed is no longer what was read',
    'Read it again, and send the change with its new ETag as If-Match.',
  ),
  'key-reused': entry(
    422,
    2,
    'The key of the request was used for another one',
    'Use a new Idempotency-Key for each request, and the same one only to repeat it.',
  ),
  'request-under-way': entry(
    409,
    1,
    'The same request is still under way',
    'Wait a moment, then send it again with the same Idempotency-Key.',
  ),
  'outcome-unknown': entry(
    409,
    1,
    'Nobody knows whether the request was done',
    'Look whether it was (`bridgekeeper history`, `audit`); if not, send it again with a new Idempotency-Key.',
  ),
  'answer-gone': entry(
    409,
    1,
    'The request was done, but its answer is not there any more',
    'Do not send it again; read what it made. What was secret is shown once: revoke it and make another one.',
  ),
  internal: entry(500, 1, 'Bridgekeeper itself is at fault', 'Please report it with the log of the daemon.'),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
