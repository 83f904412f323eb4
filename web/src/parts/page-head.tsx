import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

interface Props {
  readonly title: string;
  /** One sentence: what is seen here. */
  readonly about?: ReactNode;
  /** Buttons, at the right. */
  readonly children?: ReactNode;
}

/** Head of a view; its title is the window's as well. */
export function PageHead({ title, about, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Bridgekeeper`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" wrap="wrap" gap="sm" mb="md">
      <Stack gap={2}>
        <Title order={1}>{title}</Title>
        {about !== undefined && (
          <Text c="dimmed" size="sm" maw={720}>
            {about}
          </Text>
        )}
      </Stack>
      {children !== undefined && <Group gap="xs">{children}</Group>}
    </Group>
  );
}
