import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  readonly icon: Icon;
  readonly title: string;
  /** What to do next, as a sentence or more. */
  readonly children?: ReactNode;
  /** Buttons for it. */
  readonly actions?: ReactNode;
}

/** Where nothing is yet: says so, and what to do next. */
export function EmptyState({ icon: Sign, title, children, actions }: Props) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <ThemeIcon variant="light" size={48} radius="xl" aria-hidden>
        <Sign size={26} stroke={1.6} />
      </ThemeIcon>
      <Title order={2}>{title}</Title>
      {children !== undefined && (
        <Text component="div" c="dimmed" size="sm" maw={520}>
          {children}
        </Text>
      )}
      {actions}
    </Stack>
  );
}
