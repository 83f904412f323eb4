import type { Sample } from './use-guest.ts';

const width = 220;
const height = 36;
/** Milliseconds from one end to the other: at least, until more was seen. */
const leastSpan = 60_000;

function lineOf(samples: readonly Sample[], key: 'sent' | 'received', largest: number, end: number): string {
  const span = Math.max(leastSpan, end - (samples[0]?.at ?? end));
  return samples
    .map((sample, place) => {
      const x = width - ((end - sample.at) / span) * width;
      const y = height - 2 - (sample[key] / largest) * (height - 4);
      return `${place === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

/** What was sent and received in the last five minutes. Figures beside it say the same, so that it is only to be seen. */
export function SparkLine({ samples }: { readonly samples: readonly Sample[] }) {
  const end = samples.at(-1)?.at ?? 0;
  const largest = Math.max(1, ...samples.flatMap(({ sent, received }) => [sent, received]));
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width="100%" height={height} preserveAspectRatio="none" aria-hidden>
      <path
        d={lineOf(samples, 'received', largest, end)}
        fill="none"
        stroke="var(--mantine-color-blue-5)"
        strokeWidth="1.6"
        vectorEffect="non-scaling-stroke"
      />
      <path
        d={lineOf(samples, 'sent', largest, end)}
        fill="none"
        stroke="var(--mantine-primary-color-filled)"
        strokeWidth="1.6"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
