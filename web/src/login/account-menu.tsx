import { ActionIcon, Menu } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../data/me.ts';

/** Who is logged in, and what they can do about it. In the head of every view. */
export function AccountMenu() {
  const { t } = useTranslation('login');
  const me = useMe();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('account')}>
          <IconUserCircle size={20} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{`${me.name} · ${me.role}${me.owner === undefined ? '' : ` · ${me.owner}`}`}</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
