import { z } from 'zod';
import { policySchema, siteSchema } from './site-schema.ts';

let made: Record<string, unknown> | undefined;

/** JSON Schema of the site file as it is written. A policy takes one of two forms, which the type of one object cannot say. */
export function siteJsonSchema(): Readonly<Record<string, unknown>> {
  if (made !== undefined) return made;
  const schema = z.toJSONSchema(siteSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (jsonSchema.examples?.length === 0) delete jsonSchema.examples;
      if (zodSchema !== policySchema) return;
      jsonSchema.oneOf = [{ required: ['from', 'to'] }, { required: ['macAddress', 'ipRange'] }];
    },
  });
  made = { title: 'Site file of Bridgekeeper', ...schema };
  return made;
}
