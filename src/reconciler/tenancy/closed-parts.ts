import type { Audit } from '../audit/contract.ts';
import type { Explain } from '../explain/contract.ts';
import type { Mirrors } from '../mirrors/contract.ts';
import type { Privacy } from '../privacy/contract.ts';
import type { SharedPorts } from '../shared-ports/contract.ts';
import type { Traces } from '../trace/contract.ts';
import type { Wire } from '../wire/contract.ts';
import { closedToTenants } from './blind-failures.ts';

/** What an engine has that nobody with an owner may use. */
export interface ClosedParts {
  readonly audit: Audit;
  readonly explain: Explain;
  readonly mirrors: Mirrors;
  readonly privacy: Privacy;
  readonly sharedPorts: SharedPorts;
  readonly trace: Traces;
  readonly wire: Wire;
}

/** A part of an engine every method of which refuses, also those that are yet to come. */
export function closedPart<Part extends object>(what: string): Part {
  return new Proxy({} as Part, {
    get: (_, name) => {
      // Whoever awaits it by mistake gets an object, not a failure without a place.
      if (name === 'then') return undefined;
      return () => {
        throw closedToTenants(what);
      };
    },
  });
}

export const closedParts: ClosedParts = {
  audit: closedPart('The journal'),
  explain: closedPart('The way of a packet'),
  mirrors: closedPart('Mirroring and capturing'),
  privacy: closedPart('What is stored about owners'),
  sharedPorts: closedPart("The map of the shared address's ports"),
  trace: closedPart('Tracing'),
  wire: closedPart('What shows up on the wire'),
};
