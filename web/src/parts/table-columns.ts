import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type ReactNode, useMemo, useState } from 'react';

type Value = number | string | undefined;

/** One column of a table. What is `undefined` by `value` is last, however it is sorted. */
export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  /** The head is said, but not shown. */
  readonly headHidden?: boolean;
  /** Track of a CSS grid: `minmax(120px, 1fr)`. */
  readonly width: string;
  /** What it is sorted by; without it the column cannot be sorted by. */
  readonly value?: (row: Row) => Value;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'end';
  /** Shown from this width of the table on, in pixels. */
  readonly from?: number;
  /** The first click on its head shows the largest first. */
  readonly largestFirst?: boolean;
}

export interface FirstSort {
  readonly key: string;
  readonly largestFirst?: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true });

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** Rows in the order that the heads of the columns are clicked for. */
export function useSortedRows<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  rowId: (row: Row) => string,
  first: FirstSort | undefined,
) {
  const [sorting, onSortingChange] = useState<SortingState>(() =>
    first ? [{ id: first.key, desc: first.largestFirst ?? false }] : [],
  );
  const definitions = useMemo(
    () =>
      columns.map(
        ({ key, value, largestFirst = false }): ColumnDef<typeof features, Row, unknown> => ({
          id: key,
          accessorFn: value ?? (() => undefined),
          enableSorting: value !== undefined,
          sortDescFirst: largestFirst,
          sortUndefined: 'last',
          sortFn: (a, b, id) => compare(a.getValue(id), b.getValue(id)),
        }),
      ),
    [columns],
  );
  return useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowId,
    enableSortingRemoval: false,
    state: { sorting },
    onSortingChange,
  });
}
