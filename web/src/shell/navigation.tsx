import { Badge, NavLink, Stack, Text } from '@mantine/core';
import {
  IconArrowsExchange,
  IconBell,
  IconFileCertificate,
  IconFileCode,
  IconHistory,
  IconMap2,
  IconServer2,
  IconTopologyStar3,
} from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '../data/me.ts';
import { useStatus } from '../data/status.ts';
import style from './shell.module.css';

const groups = [
  {
    name: 'look',
    views: [
      { key: 'overview', to: '/', icon: IconTopologyStar3 },
      { key: 'guests', to: '/guests', icon: IconServer2 },
      { key: 'addresses', to: '/addresses', icon: IconMap2, everything: true },
      { key: 'sessions', to: '/sessions', icon: IconArrowsExchange },
      { key: 'alerts', to: '/alerts', icon: IconBell },
    ],
  },
  {
    name: 'keep',
    everything: true,
    views: [
      { key: 'site', to: '/site', icon: IconFileCode },
      { key: 'history', to: '/history', icon: IconHistory },
      { key: 'audit', to: '/audit', icon: IconFileCertificate },
    ],
  },
] as const;

/** Ways to the views. A tenant gets no way to those that show the whole site (`everything`). */
export function Navigation({ onGo }: { readonly onGo: () => void }) {
  const { t } = useTranslation('shell');
  const path = useLocation({ select: ({ pathname }) => pathname });
  const { owner } = useMe();
  const { firing = 0, critical = 0 } = useStatus().data?.alerts ?? {};
  const hidden = (part: object): boolean => owner !== undefined && 'everything' in part;
  return (
    <Stack gap="md">
      {groups
        .filter((group) => !hidden(group))
        .map((group) => (
          <Stack key={group.name} gap={2}>
            <Text size="xs" c="dimmed" fw={600} px="sm" mb={2}>
              {t(group.name)}
            </Text>
            {group.views
              .filter((view) => !hidden(view))
              .map(({ key, to, icon: Sign }) => {
                const here = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
                return (
                  <NavLink
                    key={key}
                    className={style.way ?? ''}
                    active={here}
                    aria-current={here ? 'page' : undefined}
                    label={t(key)}
                    leftSection={<Sign size={18} stroke={1.7} aria-hidden />}
                    rightSection={
                      key === 'alerts' && firing > 0 ? (
                        <Badge
                          color={critical > 0 ? 'red' : 'yellow'}
                          variant="filled"
                          size="sm"
                          circle={firing < 10}
                          title={t('firing')}
                        >
                          {firing}
                        </Badge>
                      ) : undefined
                    }
                    onClick={onGo}
                    renderRoot={(props) => <Link to={to} {...props} />}
                  />
                );
              })}
          </Stack>
        ))}
    </Stack>
  );
}
