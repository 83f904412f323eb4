import { Badge, Button, CopyButton, Group, Paper, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { LeaseView } from '../../../../src/client/client.ts';
import { useChange } from '../../change/proposal.ts';
import { client } from '../../data/client.ts';
import { useIsolations, useRotations } from '../../data/guests.ts';
import { useMay, useMe } from '../../data/me.ts';
import { renderBytes } from '../../parts/formats.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './guests.module.css';
import { guestKey, renewGuest } from './use-guest.ts';

/** A value that is often needed elsewhere: a click copies it. */
function Copyable({ text }: { readonly text: string }) {
  const { t } = useTranslation('parts');
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <UnstyledButton onClick={copy} aria-label={`${text}: ${t(copied ? 'copied' : 'copy')}`} title={t('copy')}>
          <span className="mono">{text}</span>{' '}
          {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} opacity={0.55} aria-hidden />}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

function Term({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function useMirrors(guest: string) {
  const isTenant = useMe().owner !== undefined;
  return useQuery({
    queryKey: [...guestKey(guest), 'mirrors'],
    queryFn: async () => (await client.mirrors.list()).filter((mirror) => mirror.guest === guest),
    refetchInterval: 5_000,
    enabled: !isTenant,
  });
}

function Nic({ nic }: { readonly nic: LeaseView }) {
  const { t, i18n } = useTranslation('guests');
  const id = `${nic.guest}/${nic.nic}`;
  const mayChange = useMay('operator');
  const { propose } = useChange();
  const isolation = useIsolations().data?.find((one) => one.nic === id);
  const rotation = useRotations().data?.find((one) => one.guest === nic.guest && one.nic === nic.nic);
  const mirrors = useMirrors(nic.guest).data?.filter((one) => one.nic === nic.nic) ?? [];
  const done = { onSuccess: () => renewGuest(nic.guest) };
  const undo = useMutation({ mutationFn: () => client.isolation.undo({ guest: nic.guest, nic: nic.nic }), ...done });
  const back = useMutation({ mutationFn: () => client.rotations.back(nic.guest, nic.nic), ...done });
  const moved = useMutation({ mutationFn: () => client.rotations.moved(nic.guest, nic.nic), ...done });
  const stop = useMutation({ mutationFn: (mirror: number) => client.mirrors.stop(mirror), ...done });
  const unplug = async (): Promise<void> => {
    await propose(
      { objects: [{ op: 'attach', guest: nic.guest, nic: nic.nic, port: null }] },
      t('unplug-title', { nic: id }),
    );
    renewGuest(nic.guest);
  };
  const failure = undo.error ?? back.error ?? moved.error ?? stop.error;
  const state = nic.attached ? 'plugged' : nic.port === undefined ? 'unplugged' : 'waiting';
  return (
    <Paper className={style.fact ?? ''}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <span className={style.dot} data-state={isolation && !isolation.limit ? 'bad' : state} aria-hidden />
            <Title order={2}>{id}</Title>
            <Badge color="gray">{nic.segment}</Badge>
            <Text size="xs" c="dimmed">
              {t(state)}
            </Text>
          </Group>
          {mayChange && nic.port !== undefined && (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => void unplug()}>
              {t('unplug')}
            </Button>
          )}
        </Group>
        <dl className={style.terms}>
          <Term name={t('mac')}>
            <Copyable text={nic.mac} />
          </Term>
          <Term name={t('ipv4')}>
            <Copyable text={nic.ipv4} />
          </Term>
          {nic.ipv6 !== undefined && (
            <Term name={t('ipv6')}>
              <Copyable text={nic.ipv6} />
            </Term>
          )}
          <Term name={t('port')}>{nic.port === undefined ? t('no-port') : <Copyable text={nic.port} />}</Term>
          {isolation && (
            <Term name={t(isolation.limit === undefined ? 'isolated' : 'limited')}>
              <Group gap="xs">
                <span>
                  {isolation.limit !== undefined && `${isolation.limit} · `}
                  {isolation.reason} · {isolation.who} · {t('ends')} <Moment at={isolation.until} />
                </span>
                {mayChange && (
                  <Button size="compact-xs" variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
                    {t('let-go')}
                  </Button>
                )}
              </Group>
            </Term>
          )}
          {rotation && (
            <Term name={t('rotating')}>
              <Group gap="xs">
                <span>
                  {t(`phase-${rotation.phase}`)}
                  {rotation.to !== undefined && (
                    <>
                      {' → '}
                      <span className="mono">{rotation.to}</span>
                    </>
                  )}
                  {rotation.error !== undefined && ` · ${rotation.error}`}
                </span>
                {mayChange && (
                  <>
                    {rotation.phase === 'prepared' && (
                      <Button
                        size="compact-xs"
                        variant="default"
                        loading={moved.isPending}
                        onClick={() => moved.mutate()}
                      >
                        {t('has-moved')}
                      </Button>
                    )}
                    <Button size="compact-xs" variant="default" loading={back.isPending} onClick={() => back.mutate()}>
                      {t('rotate-back')}
                    </Button>
                  </>
                )}
              </Group>
            </Term>
          )}
          {mirrors.map((mirror) => (
            <Term key={mirror.id} name={t('mirrored')}>
              <Group gap="xs">
                <span>
                  <span className="mono">{mirror.to}</span> · {renderBytes(mirror.bytes, i18n.language)} · {t('ends')}{' '}
                  <Moment at={mirror.until} />
                </span>
                {mayChange && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    loading={stop.isPending}
                    onClick={() => stop.mutate(mirror.id)}
                  >
                    {t('stop')}
                  </Button>
                )}
              </Group>
            </Term>
          ))}
        </dl>
        {failure && <ProblemNotice error={failure} />}
      </Stack>
    </Paper>
  );
}

/** What each NIC of a guest holds, and what is done to it just now. */
export function GuestNics({ nics }: { readonly nics: readonly LeaseView[] }) {
  return (
    <Stack gap="sm">
      {nics.map((nic) => (
        <Nic key={nic.nic} nic={nic} />
      ))}
    </Stack>
  );
}
