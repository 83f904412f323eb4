// biome-ignore-all lint/a11y/useSemanticElements: a <table> cannot leave out the rows that are not in view
// biome-ignore-all lint/a11y/useFocusableInteractive: rows and heads are no controls; what is in them can be focused
// biome-ignore-all lint/a11y/useKeyWithClickEvents: a click on a row is a short cut to the link in it
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type MouseEvent,
  memo,
  type ReactNode,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
} from 'react';
import { moveByKey } from './row-keys.ts';
import { type Column, type FirstSort, useSortedRows } from './table-columns.ts';
import style from './virtual-table.module.css';

interface Props<Row extends object> {
  /** What the table lists, for who cannot see it. */
  readonly label: string;
  readonly rows: readonly Row[];
  /** Stable: made once, or remembered. */
  readonly columns: readonly Column<Row>[];
  readonly rowId: (row: Row) => string;
  readonly firstSort?: FirstSort;
  /** A row on a narrow screen, instead of columns. Stable. */
  readonly compact: (row: Row) => ReactNode;
  readonly tone?: (row: Row) => 'bad' | 'warn' | undefined;
  readonly onOpen?: (row: Row) => void;
  /** Said when there is no row. */
  readonly nothing: ReactNode;
  /** CSS height of all rows that are in view. Unless given, so many as there are, within the window. */
  readonly height?: string;
  /** Pixels of a row, and of one on a narrow screen. */
  readonly rowHeight?: number;
  readonly compactHeight?: number;
}

/** Narrower than this, a row is a card instead of cells. */
const narrow = 560;
const headHeight = 37;

/** What is inside a row is drawn again only when the row itself is another one. */
const Cells = memo(function Cells({ row, columns }: { row: unknown; columns: readonly Column<never>[] }) {
  return columns.map((column) => (
    <div key={column.key} role="cell" className={style.cell} data-align={column.align}>
      {column.cell(row as never)}
    </div>
  ));
});

const Card = memo(function Card({ row, compact }: { row: unknown; compact: (row: never) => ReactNode }) {
  return (
    <div role="cell" className={style.compact}>
      {compact(row as never)}
    </div>
  );
});

type SortedRows<Row extends object> = ReturnType<typeof useSortedRows<Row>>;

function Heads<Row extends object>({
  columns,
  table,
}: {
  readonly columns: readonly Column<Row>[];
  readonly table: SortedRows<Row>;
}) {
  return (
    <div role="rowgroup" className={style.heads}>
      <div role="row" aria-rowindex={1} className={style.head}>
        {columns.map(({ key, head, headHidden, align, value }) => {
          const column = table.getColumn(key);
          const direction = column?.getIsSorted() || undefined;
          const sorted = { asc: 'ascending', desc: 'descending' } as const;
          return (
            <div
              key={key}
              role="columnheader"
              className={style.headCell}
              data-align={align}
              aria-sort={direction && sorted[direction]}
            >
              {value === undefined ? (
                <span className={headHidden ? style.hidden : undefined}>{head}</span>
              ) : (
                <button
                  type="button"
                  className={style.sort}
                  data-sorted={direction}
                  onClick={column?.getToggleSortingHandler()}
                >
                  {head}
                  {direction === 'asc' && <IconArrowUp size={13} aria-hidden />}
                  {direction === 'desc' && <IconArrowDown size={13} aria-hidden />}
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** A table of any number of rows, of which those in view are drawn. Sorted by clicks on the heads. */
export function VirtualTable<Row extends object>(props: Props<Row>) {
  const { label, rows, columns, rowId, compact, tone, onOpen, nothing } = props;
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const frame = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sizeRef, frame);
  const isNarrow = width > 0 && width < narrow;
  const shown = useMemo(() => columns.filter(({ from = 0 }) => width >= from), [columns, width]);
  const table = useSortedRows(rows, columns, rowId, props.firstSort);
  const sorted = table.getRowModel().rows;
  const size = isNarrow ? (props.compactHeight ?? 64) : (props.rowHeight ?? 38);
  // The same function as long as the rows are: with another one, the places of all rows are worked out anew.
  const getItemKey = useCallback((index: number) => sorted[index]?.id ?? index, [sorted]);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => frame.current,
    estimateSize: () => size,
    getItemKey,
    overscan: 8,
    // The head stays in view, in front of rows.
    scrollPaddingEnd: isNarrow ? 0 : headHeight,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured is forgotten when rows get another height
  useLayoutEffect(() => virtual.measure(), [size]);

  const open = (event: MouseEvent, row: Row): void => {
    // Links and buttons inside have a meaning of their own, and text may be marked.
    if ((event.target as HTMLElement).closest('a, button, input') || String(getSelection() ?? '') !== '') return;
    onOpen?.(row);
  };
  const whole = sorted.length === 0 ? 120 : sorted.length * size + 2;
  const height = props.height ?? `min(${whole + (isNarrow ? 0 : headHeight)}px, max(320px, 100dvh - 250px))`;
  const tracks = isNarrow ? '100%' : shown.map((column) => column.width).join(' ');
  return (
    <div
      ref={ref}
      className={style.frame}
      style={{ height, '--columns': tracks } as CSSProperties}
      role="table"
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      aria-colcount={isNarrow ? 1 : shown.length}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
      tabIndex={0}
      onKeyDown={(event) =>
        moveByKey(event, {
          frame: frame.current,
          count: sorted.length,
          size,
          scrollTo: (index) => virtual.scrollToIndex(index),
        })
      }
    >
      {!isNarrow && <Heads columns={shown} table={table} />}
      {sorted.length === 0 ? (
        <div role="rowgroup">
          <div role="row">
            <div role="cell" className={style.nothing}>
              {nothing}
            </div>
          </div>
        </div>
      ) : (
        <div role="rowgroup" className={style.body} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = sorted[index];
            if (row === undefined) return null;
            return (
              <div
                key={row.id}
                role="row"
                aria-rowindex={index + 2}
                data-index={index}
                data-tone={tone?.(row.original)}
                data-opens={onOpen ? '' : undefined}
                className={style.row}
                style={{ height: size, transform: `translateY(${start}px)` }}
                onClick={(event) => open(event, row.original)}
              >
                {isNarrow ? (
                  <Card row={row.original} compact={compact} />
                ) : (
                  <Cells row={row.original} columns={shown} />
                )}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}
