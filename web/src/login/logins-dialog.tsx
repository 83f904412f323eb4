import { Badge, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client } from '../data/client.ts';
import { Loading } from '../parts/loading.tsx';
import { Moment } from '../parts/moment.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

const key = ['own-logins'] as const;

/** Where one is logged in, and ends what one does not know. */
export function LoginsDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('login');
  const queries = useQueryClient();
  const { data, error, isPending } = useQuery({ queryKey: key, queryFn: () => client.login.logins(), staleTime: 0 });
  const end = async (id: string): Promise<void> => {
    // Gone already is as good.
    await client.login.end(id).catch(() => {});
    await queries.invalidateQueries({ queryKey: key });
  };
  return (
    <Modal opened onClose={onClose} title={t('logins')} size="lg" closeButtonProps={{ 'aria-label': t('close') }}>
      {isPending && <Loading />}
      {error && <ProblemNotice error={error} />}
      <Stack gap="md" component="ul" m={0} p={0}>
        {data?.map((login) => (
          <Group key={login.id} component="li" justify="space-between" wrap="nowrap" align="flex-start">
            <div>
              <Group gap="xs">
                <Text fw={600}>{login.from}</Text>
                <Badge variant="light" color="gray">
                  {t(`way-${login.way}`)}
                </Badge>
                {login.own && <Badge>{t('this-one')}</Badge>}
              </Group>
              <Text size="xs" c="dimmed" lineClamp={2}>
                {login.browser}
              </Text>
              <Text size="xs" c="dimmed">
                {t('last-used')} <Moment at={login.usedAt} />
              </Text>
            </div>
            {!login.own && (
              <Button
                flex="none"
                size="xs"
                variant="default"
                aria-label={t('end-of', { from: login.from })}
                onClick={() => void end(login.id)}
              >
                {t('end')}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
