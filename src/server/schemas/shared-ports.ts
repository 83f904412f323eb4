import { z } from 'zod';
import { sharedPortKinds } from '../../reconciler/shared-ports/contract.ts';

const milliseconds = (text: string) => z.number().describe(`${text}; milliseconds since the epoch`);
const protocol = z.enum(['tcp', 'udp']).describe('Absent: of both').exactOptional();
const first = z.int().describe('First port');
const last = z.int().describe('Last port, included');

export const sharedPortRangeSchema = z.object({
  first,
  last,
  kind: z
    .enum(sharedPortKinds)
    .describe(
      "`forward`: leads to a NIC. `same-address`: of a guest that has the shared address itself. `block`: a guest's own flows come from it. `listening`: a process of the host answers there. `host`: the host's own flows come from it",
    ),
  protocol,
  guest: z.string().exactOptional(),
  nic: z.int().describe('Of a forward: the NIC that it leads to').exactOptional(),
  owner: z.string().exactOptional(),
  name: z.string().describe('Of a forward `tcp/8080`; of `listening` the process').exactOptional(),
  to: z.int().describe('Of a forward: the first port that it leads to').exactOptional(),
  closing: z.literal(true).describe('A block on its way back: no new session gets a port of it').exactOptional(),
  since: milliseconds('Since when; absent where it is not known').exactOptional(),
});

export const sharedPortMapSchema = z.object({
  at: milliseconds('When'),
  ipv4: z.string().describe('Shared address; absent without a gateway').exactOptional(),
  ipv6: z.string().exactOptional(),
  ranges: z.array(sharedPortRangeSchema).readonly().describe('Ascending; forwards may lie in other ranges'),
  ports: z
    .record(z.enum([...sharedPortKinds, 'free']), z.int())
    .describe('How many of the 65,536 ports are for what; each counts once'),
});

export const sharedPortHistorySchema = z.object({
  port: z.int(),
  now: z.array(sharedPortRangeSchema).readonly().describe('What it is for now; empty: it is free'),
  holdings: z
    .array(
      z.object({
        kind: z.enum(['forward', 'same-address', 'block']),
        first,
        last,
        protocol,
        guest: z.string().describe('Absent: it was erased who that was').exactOptional(),
        nic: z.int().exactOptional(),
        name: z.string().exactOptional(),
        since: milliseconds('Begin'),
        until: milliseconds('End; absent while it lasts').exactOptional(),
      }),
    )
    .readonly()
    .describe('Whose it was, newest first; 100 at most'),
});
