import { useElementSize, useMergedRef } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react';
import style from './cell-map.module.css';
import { boxOf, cellAt, drawCells, drawFrame, type Grid, rowsOf } from './draw-cells.ts';

interface Props {
  /** What the map shows, for who cannot see it. */
  readonly label: string;
  /** One for each cell. */
  readonly colours: Uint32Array;
  readonly columns: number;
  /** Pixels. */
  readonly cellHeight: number;
  readonly selected?: number | undefined;
  readonly onSelect: (index: number) => void;
  /** What Enter and a double click do with the selected one; `onSelect` alone unless given. */
  readonly onOpen?: (index: number) => void;
  /** What is at a cell: lines of text. */
  readonly describe: (index: number) => string;
}

/** A map of up to 65,536 cells. By keys: arrows go from cell to cell, page up and down sixteen rows, Enter opens. */
export function CellMap({ label, colours, columns, cellHeight, selected, onSelect, onOpen, describe }: Props) {
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const frame = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sizeRef, frame);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pointed, setPointed] = useState<number>();
  const grid: Grid = { count: colours.length, columns, width, cellHeight };

  useLayoutEffect(() => {
    if (canvas.current === null || width === 0) return;
    const found = getComputedStyle(canvas.current);
    const drawn: Grid = { count: colours.length, columns, width, cellHeight };
    drawCells(canvas.current, drawn, colours, found.getPropertyValue('--surface'));
    if (pointed !== undefined) drawFrame(canvas.current, drawn, pointed, found.getPropertyValue('--quiet'));
    if (selected !== undefined && selected < colours.length)
      drawFrame(canvas.current, drawn, selected, found.getPropertyValue('--mantine-color-text'));
  }, [colours, columns, width, cellHeight, pointed, selected]);

  const point = (event: PointerEvent): number | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    return box && cellAt(event.clientX - box.left, event.clientY - box.top, grid);
  };
  const move = (event: KeyboardEvent): void => {
    const now = selected ?? 0;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      (onOpen ?? onSelect)(now);
      return;
    }
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: now + 1,
      ArrowLeft: now - 1,
      ArrowDown: now + columns,
      ArrowUp: now - columns,
      PageDown: now + 16 * columns,
      PageUp: now - 16 * columns,
      Home: 0,
      End: colours.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(Math.min(colours.length - 1, Math.max(0, next)));
  };
  const [x = 0, y = 0] = pointed === undefined ? [] : boxOf(pointed, grid);
  const toLeft = x > width / 2;
  return (
    <div ref={ref} className={style.frame}>
      <canvas
        ref={canvas}
        className={style.canvas}
        style={{ height: rowsOf(grid) * cellHeight }}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, colours.length - 1)}
        aria-valuenow={selected ?? 0}
        aria-valuetext={describe(selected ?? 0)}
        onPointerMove={(event) => setPointed(event.pointerType === 'touch' ? undefined : point(event))}
        onPointerLeave={() => setPointed(undefined)}
        onClick={(event) => {
          const index = point(event as never);
          if (index !== undefined) onSelect(index);
        }}
        onDoubleClick={(event) => {
          const index = point(event as never);
          if (index !== undefined) onOpen?.(index);
        }}
        onKeyDown={move}
      />
      {pointed !== undefined && (
        <div
          className={style.hint}
          aria-hidden
          style={{ top: y + cellHeight + 10, ...(toLeft ? { right: width - x + 4 } : { left: x + 12 }) }}
        >
          {describe(pointed)}
        </div>
      )}
    </div>
  );
}
