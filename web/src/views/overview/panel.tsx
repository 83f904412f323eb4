import { Anchor, Group, Paper, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ViewPath } from '../../parts/view-path.ts';
import style from './overview.module.css';

interface Props {
  readonly title: string;
  /** Where there is more of it, and what the way there is called. */
  readonly more?: { readonly to: ViewPath; readonly text: string };
  readonly children: ReactNode;
}

/** A part of the overview with a title. */
export function Panel({ title, more, children }: Props) {
  return (
    <Paper component="section" className={`surface ${style.panel}`} p="md" h="100%">
      <Group justify="space-between" mb="sm" wrap="nowrap">
        <Title order={2}>{title}</Title>
        {more !== undefined && (
          <Anchor size="sm" renderRoot={(props) => <Link to={more.to} {...props} />}>
            {more.text}
          </Anchor>
        )}
      </Group>
      {children}
    </Paper>
  );
}
