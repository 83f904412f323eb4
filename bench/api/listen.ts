/**
 * Readers of the event stream: `node listen.ts SOCKET READERS`. Prints a line when all of them are heard, and as JSON
 * how many events each has got when its input ends.
 */
import { get } from 'node:http';

export interface Heard {
  readonly readers: number;
  /** The fewest and the most events that one of them has got. */
  readonly fewest: number;
  readonly most: number;
  readonly cut: number;
}

const [socketPath = '', readers = '1000'] = process.argv.slice(2);
const counts = new Uint32Array(Number(readers));
let heard = 0;
let cut = 0;

function listen(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = get({ socketPath, path: '/v1/events/stream', agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`HTTP status ${response.statusCode}`));
      response.setEncoding('latin1').on('data', (part: string) => {
        if (heard < Number(readers) && part.startsWith('retry')) {
          heard++;
          resolve();
        }
        for (let at = part.indexOf('\nid: '); at >= 0; at = part.indexOf('\nid: ', at + 1))
          counts[index] = (counts[index] ?? 0) + 1;
        if (part.startsWith('id: ')) counts[index] = (counts[index] ?? 0) + 1;
      });
      response.on('close', () => cut++);
    });
    call.on('error', reject);
  });
}

for (let index = 0; index < counts.length; index += 50)
  await Promise.all(Array.from({ length: Math.min(50, counts.length - index) }, (_, i) => listen(index + i)));
process.stdout.write('all are heard\n');
process.stdin.resume().on('end', () => {
  const answer: Heard = { readers: counts.length, fewest: Math.min(...counts), most: Math.max(...counts), cut };
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit());
});
