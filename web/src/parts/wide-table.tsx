import { Paper, Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  /** Pixels below which it scrolls sideways. */
  readonly minWidth: number;
  readonly children: ReactNode;
}

/** A table that scrolls sideways where the window is narrower, by keyboard as well (WCAG 2.1.1). */
export function WideTable({ minWidth, children }: Props) {
  return (
    <Paper className="surface">
      <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        {children}
      </Table.ScrollContainer>
    </Paper>
  );
}
