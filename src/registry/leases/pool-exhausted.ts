import { AppError } from '../../errors/app-error.ts';

/** How things stand in a pool or a segment that has too few free addresses. */
export interface Shortage {
  /** Name of the pool, for the details. */
  readonly pool?: string;
  /** `pool "default" (02:1a:3f:00:00:00/24)`, `segment "dev" (10.77.10.0/24)`. */
  readonly title: string;
  readonly kind: 'MAC address' | 'IPv4 address';
  /** Who gets none: `NIC "web1/0"`, `lease 17 of 10000`. */
  readonly wish: string;
  /** How many were wanted at once. */
  readonly wanted: number;
  /** Addresses in all, those that nobody has, held ones, and those in quarantine. */
  readonly size: number;
  readonly free: number;
  readonly held: number;
  readonly quarantined: number;
  /** When the first quarantine ends (ms since the epoch). */
  readonly nextFreeAt?: number | undefined;
}

/** The `pool-exhausted` failure with all the figures. */
export function poolExhausted(shortage: Shortage): AppError {
  const { pool, title, kind, wish, wanted, size, free, held, quarantined, nextFreeAt } = shortage;
  const what =
    free === 0
      ? `has no free ${kind} for ${wish}`
      : `has too few free ${kind}es: ${wanted} are wanted, the last one for ${wish}, and ${free} are free`;
  const next = nextFreeAt === undefined ? '' : `, the next one is free at ${new Date(nextFreeAt).toISOString()}`;
  const rest = Math.max(0, size - free - held - quarantined);
  const aside = rest === 0 ? '' : `, ${rest} are set aside (seen on the wire, or proposed within the last minute)`;
  return new AppError(
    'pool-exhausted',
    `${title} ${what}: of ${size}, ${held} are held and ${quarantined} are in quarantine${aside}${next}`,
    {
      details: {
        ...(pool === undefined ? {} : { pool }),
        wish,
        wanted,
        size,
        free,
        held,
        quarantined,
        ...(nextFreeAt === undefined ? {} : { nextFreeAt }),
      },
    },
  );
}
