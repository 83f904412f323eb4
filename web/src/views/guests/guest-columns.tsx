import { Badge, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { renderBytes, renderCount } from '../../parts/formats.ts';
import type { Column } from '../../parts/table-columns.ts';
import type { GuestRow } from './guest-row.ts';
import style from './guests.module.css';

type Translate = TFunction<'guests'>;

/** `10.77.10.9` as a number, so that 9 stands before 10. */
function addressOrder(address: string | undefined): number | undefined {
  return address?.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** What somebody should know of a guest before they look at anything else. */
export function GuestSigns({ row, t }: { readonly row: GuestRow; readonly t: Translate }) {
  return (
    <>
      {row.violates && <Badge color="red">{t('violates')}</Badge>}
      {row.isolated !== undefined && (
        <Badge color="red" variant="filled">
          {t(row.isolated === 'whole' ? 'isolated' : 'limited')}
        </Badge>
      )}
      {row.rotating && <Badge color="blue">{t('rotating')}</Badge>}
    </>
  );
}

export function PlugDot({ row, t }: { readonly row: GuestRow; readonly t: Translate }) {
  const state = row.violates || row.isolated === 'whole' ? 'bad' : row.state;
  return <span className={style.dot} data-state={state} role="img" aria-label={t(row.state)} title={t(row.state)} />;
}

function Sessions({ row, language }: { readonly row: GuestRow; readonly language: string }) {
  const { sessions = 0, limit = 0 } = row.sessions ?? {};
  const part = limit === 0 ? 0 : Math.min(100, (sessions / limit) * 100);
  return (
    <Group gap={8} wrap="nowrap" justify="flex-end">
      <span>{renderCount(sessions, language)}</span>
      <span className={style.bar} aria-hidden>
        <span className={style.fill} data-full={part >= 80} style={{ width: `${part}%` }} />
      </span>
    </Group>
  );
}

/** Columns of the table of guests. Without a gateway there are no sessions to show. */
export function guestColumns(t: Translate, language: string, hasSessions: boolean): readonly Column<GuestRow>[] {
  const columns: Column<GuestRow>[] = [
    {
      key: 'name',
      head: t('guest'),
      width: 'minmax(150px, 1.5fr)',
      value: ({ name }) => name,
      cell: (row) => (
        <span className={style.line}>
          <PlugDot row={row} t={t} />
          <Link to="/guests/$guest" params={{ guest: row.name }} className={`${style.name} ${style.cut}`}>
            {row.name}
          </Link>
        </span>
      ),
    },
    {
      key: 'signs',
      head: t('signs'),
      headHidden: true,
      width: 'minmax(90px, 0.9fr)',
      from: 760,
      cell: (row) => (
        <span className={style.line}>
          <GuestSigns row={row} t={t} />
        </span>
      ),
    },
    {
      key: 'owner',
      head: t('owner'),
      width: 'minmax(90px, 0.8fr)',
      from: 700,
      value: ({ owner }) => owner,
      cell: ({ owner }) =>
        owner ?? (
          <Text c="dimmed" span inherit>
            –
          </Text>
        ),
    },
    {
      key: 'segment',
      head: t('segment'),
      width: 'minmax(90px, 0.8fr)',
      value: ({ segments }) => segments[0],
      cell: ({ segments }) => segments.join(', '),
    },
    {
      key: 'ipv4',
      head: t('ipv4'),
      width: 'minmax(124px, 0.9fr)',
      value: ({ nics }) => addressOrder(nics[0]?.ipv4),
      cell: ({ nics }) => <More values={nics.map(({ ipv4 }) => ipv4)} />,
    },
    {
      key: 'mac',
      head: t('mac'),
      width: 'minmax(150px, 1fr)',
      from: 860,
      value: ({ nics }) => nics[0]?.mac,
      cell: ({ nics }) => <More values={nics.map(({ mac }) => mac)} />,
    },
    {
      key: 'block',
      head: t('port-block'),
      width: 'minmax(116px, 0.8fr)',
      from: 1020,
      value: ({ portBlock }) => Number.parseInt(portBlock, 10) || undefined,
      cell: ({ portBlock }) => <span className="mono">{portBlock || '–'}</span>,
    },
  ];
  if (!hasSessions) return columns;
  return [
    ...columns,
    {
      key: 'sessions',
      head: t('sessions'),
      width: 'minmax(110px, 0.7fr)',
      align: 'end',
      from: 640,
      largestFirst: true,
      value: ({ sessions }) => sessions?.sessions ?? 0,
      cell: (row) => <Sessions row={row} language={language} />,
    },
    {
      key: 'bytes',
      head: t('traffic'),
      width: 'minmax(96px, 0.6fr)',
      align: 'end',
      from: 940,
      largestFirst: true,
      value: ({ sessions }) => (sessions === undefined ? 0 : sessions.bytesSent + sessions.bytesReceived),
      cell: ({ sessions }) =>
        sessions === undefined ? '–' : renderBytes(sessions.bytesSent + sessions.bytesReceived, language),
    },
  ];
}

/** The first, and how many there are besides. */
function More({ values }: { readonly values: readonly string[] }) {
  return (
    <>
      <span className="mono">{values[0]}</span>
      {values.length > 1 && (
        <Text span inherit c="dimmed" title={values.join('\n')}>
          {` +${values.length - 1}`}
        </Text>
      )}
    </>
  );
}

/** A guest on a narrow screen. */
export function GuestCard({ row, t }: { readonly row: GuestRow; readonly t: Translate }) {
  return (
    <>
      <span className={style.line}>
        <PlugDot row={row} t={t} />
        <Link to="/guests/$guest" params={{ guest: row.name }} className={`${style.name} ${style.cut}`}>
          {row.name}
        </Link>
        <GuestSigns row={row} t={t} />
      </span>
      <Text size="xs" c="dimmed" truncate>
        {[row.nics[0]?.ipv4, row.segments.join(', '), row.owner].filter(Boolean).join(' · ')}
      </Text>
    </>
  );
}
