import { z } from 'zod';
import { parseMacRange, parseMacSpan } from './mac-range.ts';
import { choiceKey, durationKey, nameKey, objectKey } from './schema-keys.ts';
import { countKey, described, listKey, textKey } from './schema-leaf.ts';

const acknowledgeKey = described(z.union([z.literal(true), z.string().min(1).max(300)]), {
  description:
    'The range is universal (its OUI was assigned to a vendor by the IEEE) and you may use it: `true`, or why.',
  expected: 'true, or a text that says why',
  examples: [true, 'we make the hardware'],
});

const subPoolKeys = {
  parent: nameKey('Pool that this one is carved out of. Its range lies inside the range of that pool.', 'default'),
  owner: nameKey('Sub-pool for the guests of this owner.', 'team-a'),
  segment: nameKey('Sub-pool for the NICs in this segment.', 'dev'),
  host: nameKey('Sub-pool for the guests on this host.', 'node-1'),
};

export const poolSchema = objectKey(
  {
    name: nameKey('Name of the pool.', 'default'),
    range: textKey(parseMacRange, {
      description:
        'Addresses that leases come from: an aligned prefix or `first-last`. Unicast, within one SLAP quadrant (RFC 8948).',
      expected: 'an aligned prefix such as "02:1a:3f:00:00:00/24" or a range "first-last"',
      examples: ['02:1a:3f:00:00:00/24', '02:1a:3f:00:00:10-02:1a:3f:00:00:ff'],
    }),
    strategy: choiceKey(
      ['random', 'sequential', 'hashed', 'cycle'],
      'How a free address is chosen: at random; the lowest; derived from the guest and the index of the NIC, so that the same guest gets the same again; or in an order of its own, in which an address comes back after all others.',
    ).prefault('random'),
    quarantine: durationKey(
      'How long an address rests after its release. Not shorter than the DHCP lease of segments that use the pool.',
      '30m',
    ).prefault('30m'),
    reserved: listKey(
      textKey(parseMacSpan, {
        description: 'A MAC address, a prefix or a range inside the range of the pool.',
        expected: 'a MAC address, a prefix such as "02:1a:3f:00:00:00/40" or a range "first-last"',
        examples: ['02:1a:3f:00:00:01', '02:1a:3f:00:00:00/40'],
      }),
      {
        description: 'Holes: addresses that are never drawn. They can still be given by name.',
        expected: 'a list of MAC addresses and ranges such as ["02:1a:3f:00:00:01"]',
        examples: [['02:1a:3f:00:00:01']],
      },
      { max: 1000 },
    ).prefault([]),
    warnings: listKey(
      countKey(1, 100, { description: 'Percent of the addresses that are held or rest.', examples: [80] }),
      {
        description: 'Fill, in percent, at which Bridgekeeper warns.',
        expected: 'a list of percentages such as [80, 95]',
        examples: [[80, 95]],
      },
      { max: 10 },
    ).prefault([80, 95]),
    parent: subPoolKeys.parent.optional(),
    owner: subPoolKeys.owner.optional(),
    segment: subPoolKeys.segment.optional(),
    host: subPoolKeys.host.optional(),
    'acknowledge-vendor': acknowledgeKey.optional(),
  },
  'A range of MAC addresses that NICs lease theirs from.',
);
