import { z } from 'zod';
import { parseMacAddress } from './mac-address.ts';
import { parseInterfaceName, parseLabel } from './names.ts';
import { parseDuration, parseRate } from './quantity.ts';
import { described, textKey } from './schema-leaf.ts';

const label = 'a name of 1 to 63 lower-case letters, digits and hyphens, no hyphen first or last (RFC 1123)';
const interfaceName = 'an interface name of 1 to 15 letters, digits, ".", "_" or "-"';
const macAddress = 'a MAC address such as "02:1a:3f:00:10:01"';
const duration = 'a number and a unit, such as "120s", "10m", "2h" or "1d"';
const rate = 'a number and a unit of time, such as "200/second", "10/minute", "5/hour" or "1/day"';

export const nameKey = (description: string, example: string) =>
  textKey(parseLabel, { description, expected: label, examples: [example] });
export const interfaceKey = (description: string, example: string) =>
  textKey(parseInterfaceName, { description, expected: interfaceName, examples: [example] });
export const macKey = (description: string) =>
  textKey(parseMacAddress, { description, expected: macAddress, examples: ['02:1a:3f:00:10:01'] });
export const durationKey = (description: string, example: string) =>
  textKey(parseDuration, { description, expected: duration, examples: [example] });
export const rateKey = (description: string, example: string) =>
  textKey(parseRate, { description, expected: rate, examples: [example] });
export const choiceKey = <const T extends readonly [string, ...string[]]>(choices: T, description: string) =>
  described(z.enum(choices), {
    description,
    expected: choices.map((choice) => JSON.stringify(choice)).join(' or '),
    examples: [choices[0]],
  });
export const objectKey = <S extends z.ZodRawShape>(shape: S, description: string, expected = 'a mapping of keys') =>
  described(z.strictObject(shape), { description, expected });
