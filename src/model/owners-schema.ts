import { parsePortRange } from './port-range.ts';
import { nameKey, objectKey } from './schema-keys.ts';
import { countKey, listKey, numberOrTextKey } from './schema-leaf.ts';

const mostOf = (description: string, example: number, fallback: number) =>
  countKey(0, 16_777_216, { description, examples: [example] }).prefault(fallback);

const quotaSchema = objectKey(
  {
    guests: mostOf('Guests.', 20, 10),
    nics: mostOf(
      'NICs of its guests, and MAC addresses that were leased by request. Addresses that rest count too, at a quarter.',
      40,
      20,
    ),
    forwards: mostOf('Forwards that lead to its guests.', 40, 20),
    ports: mostOf('Ports of the shared address that its forwards have, ranges counted port by port.', 200, 100),
    sessions: mostOf(
      'Open sessions: the limits of its guests together, for each address, since each may have so many.',
      20_000,
      40_000,
    ),
  },
  'How much its tenant may have at most. What a site file holds is not refused for it, but warned of.',
);

export const ownerSchema = objectKey(
  {
    name: nameKey('The owner, as guests name it.', 'team-a'),
    quota: quotaSchema.prefault({}),
    segments: listKey(
      nameKey('Name of a segment.', 'team-a-lan'),
      {
        description:
          'Segments that its tenant may put NICs into. In one that no other owner may use it may also choose IP addresses. Default: none.',
        expected: 'a list of names of segments',
        examples: [['team-a-lan']],
      },
      { max: 1000 },
    ).prefault([]),
    ports: listKey(
      numberOrTextKey(parsePortRange, {
        description: 'A port or a range of ports of the shared address.',
        expected: 'a port from 1 to 65535 or a range such as "30000-30099"',
        examples: ['30000-30099'],
      }),
      {
        description:
          'Ports of the shared address that its tenant may publish; new port blocks keep clear of them. Default: those from 1024 on that are free.',
        expected: 'a list of ports and port ranges',
        examples: [['30000-30099']],
      },
      { max: 100 },
    ).optional(),
  },
  'What a tenant may do by itself: whoever shows a certificate, a token or an account with this owner. Without an entry it may look, and change nothing but what it has.',
);

/** What an owner may have, as long as nothing else is said; the keys of `OwnerQuota`. */
export const quotaKeys = ['guests', 'nics', 'forwards', 'ports', 'sessions'] as const;
export type QuotaKey = (typeof quotaKeys)[number];

export type OwnerQuota = Readonly<Record<QuotaKey, number>>;
