import { Button, Menu, Text } from '@mantine/core';
import { IconChevronDown, IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { AuditQuery } from '../../../../src/client/audit.ts';

const formats = [
  { format: 'jsonl', ending: 'jsonl' },
  { format: 'csv', ending: 'csv' },
  { format: 'cef', ending: 'txt' },
] as const;

function addressOf({ kinds = [], ...rest }: AuditQuery, format: string): string {
  const query = new URLSearchParams(kinds.map((kind): [string, string] => ['kind', kind]));
  for (const [name, value] of Object.entries({ ...rest, format })) query.append(name, String(value));
  return `/v1/audit/export?${query}`;
}

/** Takes what the filter lets through home as a file; the browser writes it as it comes. */
export function ExportMenu({ query }: { readonly query: AuditQuery }) {
  const { t } = useTranslation('audit');
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
          rightSection={<IconChevronDown size={16} aria-hidden />}
        >
          {t('export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown maw={280}>
        <Text size="xs" c="dimmed" px="sm" py={4}>
          {t('export-about')}
        </Text>
        {formats.map(({ format, ending }) => (
          <Menu.Item key={format} component="a" href={addressOf(query, format)} download={`audit.${ending}`}>
            {t(`export-${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
