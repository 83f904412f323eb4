import { AppError } from '../errors/app-error.ts';
import { parsePortRange } from '../model/port-range.ts';
import { forwardId } from '../model/site.ts';
import type { ObjectNoun } from '../reconciler/engine-contract.ts';

type Body = Readonly<Record<string, unknown>>;

function nameForward(id: string, body: Body): Body {
  const match = /^(tcp|udp)\/(\d+(?:-\d+)?)$/.exec(id);
  if (!match)
    throw new AppError(
      'request-invalid',
      `Forward ${JSON.stringify(id)} is not named like "tcp/8080" or "udp/30000-30099".`,
    );
  const named = { port: match[2], protocol: match[1], ...body };
  const { port, protocol } = named;
  const written = typeof port === 'number' || typeof port === 'string' ? parsePortRange(port) : undefined;
  if (written === undefined || (protocol !== 'tcp' && protocol !== 'udp')) {
    throw new AppError(
      'request-invalid',
      `Forward ${JSON.stringify(id)} needs "port" (a port or a range) and "protocol" (tcp or udp).`,
    );
  }
  const seen = forwardId({ protocol, ports: written });
  if (seen !== id)
    throw new AppError(
      'request-invalid',
      `The path names forward ${JSON.stringify(id)}, but the body is forward "${seen}".`,
    );
  return named;
}

/** The body of an object under the name in its path; `request-invalid` when the body names another one. */
export function nameObject(kind: ObjectNoun, id: string, body: Body): Body {
  if (kind === 'forward') return nameForward(id, body);
  if (body.name !== undefined && body.name !== id) {
    throw new AppError(
      'request-invalid',
      `The path names ${kind} ${JSON.stringify(id)}, but the body is named ${JSON.stringify(body.name)}.`,
    );
  }
  return { name: id, ...body };
}
