import { appendFileSync } from 'node:fs';

/** Lines of Suricata's EVE file, each an alert of another signature about one of the guests, at a rate; answers how to stop. */
export function writeAlerts(file: string, rate: number, addressOf: (number: number) => string): () => number {
  const began = performance.now();
  let written = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * rate);
    const lines: string[] = [];
    for (; written < due; written++) {
      lines.push(
        JSON.stringify({
          timestamp: new Date().toISOString().replace('Z', '+0000'),
          event_type: 'alert',
          src_ip: addressOf(written),
          src_port: 40_000,
          dest_ip: '198.51.100.7',
          dest_port: 80,
          proto: 'TCP',
          alert: { signature_id: 1_000_000 + written, gid: 1, rev: 1, signature: `BENCH ${written}`, severity: 3 },
        }),
      );
    }
    if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`);
  }, 20);
  return () => {
    clearInterval(timer);
    return written;
  };
}
