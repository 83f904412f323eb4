/** One line of Prometheus' text format. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})? (\S+)/;
const label = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));

/** Reads those metrics of Prometheus' text format (version 0.0.4) whose names fit. */
export function parseMetrics(text: string, names: RegExp): MetricSample[] {
  const samples: MetricSample[] = [];
  for (const each of text.split('\n')) {
    if (!names.test(each)) continue;
    const [, name, labels = '', value] = line.exec(each) ?? [];
    if (name === undefined) continue;
    const pairs = [...labels.matchAll(label)].map(([, key, held]) => [key, unescaped(held as string)] as const);
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return samples;
}
