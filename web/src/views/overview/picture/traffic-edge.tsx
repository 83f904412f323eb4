import { EdgeLabelRenderer, type EdgeProps, getBezierPath, getSmoothStepPath } from '@xyflow/react';
import style from './picture.module.css';
import type { TrafficEdge as Shape } from './picture.ts';
import { least, RateText } from './rate-text.tsx';

/** Width of a line by bytes a second: each tenfold is a step, from 1 kB/s to 1 GB/s. */
function widthOf(bytes: number): number {
  return bytes < least ? 1.5 : Math.min(7, 1.5 + Math.max(0, Math.log10(bytes / 1000)));
}

/** A line along which traffic flows: the more the thicker, the faster; red where a guest does what it must not. */
export function TrafficEdge({ data, ...ends }: EdgeProps<Shape>) {
  const [path, labelX, labelY] = data?.upright ? getSmoothStepPath({ ...ends, borderRadius: 8 }) : getBezierPath(ends);
  const bytes = (data?.rate?.received ?? 0) + (data?.rate?.sent ?? 0);
  const width = widthOf(bytes);
  const speed = bytes < least ? 'none' : bytes < 100_000 ? 'slow' : bytes < 10_000_000 ? 'quick' : 'fast';
  return (
    <>
      <path className={style.line} data-bad={data?.bad || undefined} d={path} strokeWidth={width} />
      {speed !== 'none' && (
        <path
          className={style.flow}
          data-bad={data?.bad || undefined}
          data-speed={speed}
          d={path}
          strokeWidth={width}
        />
      )}
      {data?.named && bytes >= least && (
        <EdgeLabelRenderer>
          <div
            className={style.label}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          >
            <RateText rate={data.rate} />
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
