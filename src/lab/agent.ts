import { createInterface } from 'node:readline';
import { reportCapture, sendFrames, startCapture, stopCapture } from './agent/captures.ts';
import { connect, fetchGreeting, resolve } from './agent/connections.ts';
import { askDhcpv6 } from './agent/dhcpv6.ts';
import { type ListenRequest, listen } from './agent/listeners.ts';
import { reportStream, startStream, stopStream } from './agent/streams.ts';

/**
 * One long-lived process per network namespace, which does there what the checks ask for:
 * `node agent.ts NAME`, one JSON request per line on stdin, one JSON answer per line on stdout. Ends with its stdin.
 */
const name = process.argv[2] ?? 'agent';

const operations = {
  listen: (requests: ListenRequest[]) => listen(name, requests),
  connect,
  fetchGreeting,
  resolve,
  askDhcpv6,
  startStream,
  reportStream,
  stopStream,
  startCapture,
  reportCapture,
  stopCapture,
  sendFrames,
};

/** What an agent can be asked for; its caller takes argument and answer types from here. */
export type AgentOperations = typeof operations;

interface Request {
  id: number;
  operation: keyof AgentOperations;
  argument: never;
}

async function answer(line: string): Promise<void> {
  const request = JSON.parse(line) as Request;
  try {
    const result = await operations[request.operation](request.argument);
    process.stdout.write(`${JSON.stringify({ id: request.id, result: result ?? null })}\n`);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    process.stdout.write(`${JSON.stringify({ id: request.id, failure })}\n`);
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(line))
  .on('close', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ ready: name })}\n`);
