import type { z } from 'zod';
import { AppError } from '../errors/app-error.ts';
import { quoteValue } from './quote-value.ts';
import type { Rotation, RotationSchedule } from './rotation.ts';
import { durationKey, nameKey, objectKey } from './schema-keys.ts';
import { countKey, listKey, textKey } from './schema-leaf.ts';
import type { Refuse } from './site-drafts.ts';

/** Reads `03:00`. Answers minutes since midnight. Throws `value-invalid`. */
export function parseTimeOfDay(text: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) {
    throw new AppError('value-invalid', `time of day ${quoteValue(text)} is not one from "00:00" to "23:59"`);
  }
  return Number(hours) * 60 + Number(minutes);
}

/** Reads the absolute path of a program, in plain words. Throws `value-invalid`. */
export function parseProgramPath(text: string): string {
  if (!/^(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}){1,16}$/.test(text)) {
    throw new AppError(
      'value-invalid',
      `program ${quoteValue(text)} is not an absolute path of letters, digits, ".", "_" and "-", such as "/etc/bridgekeeper/hooks/libvirt"`,
    );
  }
  return text;
}

const scheduleSchema = objectKey(
  {
    every: durationKey('A NIC is due when it has had its MAC address for so long, to half a day.', '30d'),
    at: textKey(parseTimeOfDay, {
      description: 'Time of day, by the local time of the host, at which NICs that are due begin.',
      expected: 'a time of day such as "03:00"',
      examples: ['03:00'],
    }).prefault('03:00'),
    atMost: countKey(1, 1000, {
      description: 'NICs that wait for their guest to move at the same time; the others follow.',
      examples: [5],
    }).prefault(5),
    owner: nameKey('Only guests of this owner.', 'team-a').optional(),
    segment: nameKey('Only NICs in this segment.', 'dev').optional(),
    pool: nameKey('Only NICs whose MAC address is of this pool.', 'default').optional(),
  },
  'NICs that rotate by themselves.',
);

const hookSchema = objectKey(
  {
    kind: nameKey('Kind of guest that it moves: the `kind` of the guest.', 'vm'),
    program: textKey(parseProgramPath, {
      description:
        'Program that gives a running guest its new MAC address. Arguments: guest, index of the NIC, port, old and new MAC address. It belongs to root, and nobody else may write it.',
      expected: 'an absolute path such as "/etc/bridgekeeper/hooks/libvirt"',
      examples: ['/etc/bridgekeeper/hooks/libvirt'],
    }),
  },
  'A program that moves guests of one kind to another MAC address while they run.',
);

export const rotationSchema = objectKey(
  {
    overlap: durationKey('How long a NIC may use both its old and its new MAC address at most.', '24h').prefault('24h'),
    grace: durationKey('How long the old MAC address must be silent before it retires.', '10m').prefault('10m'),
    hookTimeout: durationKey('How long a hook may take before it is ended and counts as failed.', '60s').prefault(
      '60s',
    ),
    hooks: listKey(
      hookSchema,
      { description: 'Programs that move guests while they run.', expected: 'a list of hooks' },
      { max: 100 },
    ).prefault([]),
    schedules: listKey(
      scheduleSchema,
      { description: 'When NICs rotate by themselves.', expected: 'a list such as [{every: 30d, at: "03:00"}]' },
      { max: 100 },
    ).prefault([]),
  },
  'How NICs change to a new MAC address without being cut off.',
);

/** The kind of a guest, by which its hook is found. */
export const guestKindKey = nameKey(
  'Kind of the guest, by which the hook is found that moves it to another MAC address.',
  'vm',
);

function draftSchedule(input: z.output<typeof scheduleSchema>): RotationSchedule {
  const { owner, segment, pool, ...rest } = input;
  return {
    ...rest,
    ...(owner === undefined ? {} : { owner }),
    ...(segment === undefined ? {} : { segment }),
    ...(pool === undefined ? {} : { pool }),
  };
}

export function draftRotation(input: z.output<typeof rotationSchema>, refuse: Refuse): Rotation {
  const { hookTimeout, hooks, schedules, overlap, grace } = input;
  const kinds = hooks.map(({ kind }) => kind);
  const twice = kinds.find((kind, i) => kinds.indexOf(kind) !== i);
  if (twice !== undefined) {
    refuse(
      'rotation.hooks',
      `there are two hooks for guests of kind ${quoteValue(twice)}`,
      quoteValue(twice),
      'one hook for each kind',
    );
  }
  return {
    overlap,
    grace,
    hookTimeout,
    hooks: new Map(hooks.map(({ kind, program }) => [kind, program])),
    schedules: schedules.map(draftSchedule),
  };
}
