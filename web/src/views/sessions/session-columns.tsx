import { Badge, Text } from '@mantine/core';
import { IconArrowDownLeft, IconArrowsLeftRight, IconArrowUpRight, IconHome } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { SessionView } from '../../../../src/client/sessions.ts';
import { renderBytes, renderPlace, renderRate, renderSeconds } from '../../parts/formats.ts';
import type { Column } from '../../parts/table-columns.ts';
import style from './sessions.module.css';

type Translate = TFunction<'sessions'>;

/** A session, how fast it is now, and when it was looked at. */
export interface SessionRow {
  readonly session: SessionView;
  /** Bytes a second; absent until it was looked at twice. */
  readonly rate?: number;
  readonly at: number;
}

const arrows = {
  out: IconArrowUpRight,
  in: IconArrowDownLeft,
  between: IconArrowsLeftRight,
  'to-host': IconHome,
  'from-host': IconHome,
} as const;

const stateColours: Readonly<Record<string, string>> = {
  established: 'green',
  assured: 'green',
  replied: 'blue',
  unreplied: 'yellow',
  'syn-sent': 'yellow',
  'syn-recv': 'yellow',
};

export const sessionId = ({ session }: SessionRow): string =>
  `${session.id} ${session.guest}/${session.nic} ${session.peer.address} ${session.peer.port} ${session.inner.port}`;

function Direction({ session, t }: { readonly session: SessionView; readonly t: Translate }) {
  const Arrow = arrows[session.direction];
  const words = t(`direction-${session.direction}`);
  return <Arrow size={16} role="img" aria-label={words} title={words} />;
}

function Guest({ session, t }: { readonly session: SessionView; readonly t: Translate }) {
  return (
    <span className={style.line}>
      <Direction session={session} t={t} />
      <Link to="/guests/$guest" params={{ guest: session.guest }} className={style.guest}>
        {session.guest}
      </Link>
    </span>
  );
}

function Peer({ session }: { readonly session: SessionView }) {
  return (
    <>
      <span className="mono">{renderPlace(session.peer)}</span>
      {session.other !== undefined && (
        <Text span inherit c="dimmed">
          {` ${session.other.guest}`}
        </Text>
      )}
    </>
  );
}

/** Columns of the live table. Without `withGuest` for the page of one guest. */
export function sessionColumns(t: Translate, language: string, withGuest = true): readonly Column<SessionRow>[] {
  const columns: readonly Column<SessionRow>[] = [
    {
      key: 'guest',
      head: t('guest'),
      width: 'minmax(140px, 1.1fr)',
      value: ({ session }) => session.guest,
      cell: ({ session }) => <Guest session={session} t={t} />,
    },
    {
      key: 'protocol',
      head: t('protocol'),
      width: withGuest ? '80px' : '110px',
      value: ({ session }) => session.protocol,
      cell: ({ session }) => (
        <span className={style.line}>
          {!withGuest && <Direction session={session} t={t} />}
          {session.protocol.toUpperCase()}
        </span>
      ),
    },
    {
      key: 'state',
      head: t('state'),
      width: '120px',
      from: 900,
      value: ({ session }) => session.state,
      cell: ({ session }) => <Badge color={stateColours[session.state] ?? 'gray'}>{session.state}</Badge>,
    },
    {
      key: 'inner',
      head: t('inner'),
      width: 'minmax(150px, 1fr)',
      from: 1020,
      value: ({ session }) => renderPlace(session.inner),
      cell: ({ session }) => <span className="mono">{renderPlace(session.inner)}</span>,
    },
    {
      key: 'public',
      head: t('public'),
      width: 'minmax(160px, 1fr)',
      from: 1160,
      value: ({ session }) => session.public && renderPlace(session.public),
      cell: ({ session }) => (
        <span className="mono">{session.public === undefined ? '–' : renderPlace(session.public)}</span>
      ),
    },
    {
      key: 'peer',
      head: t('peer'),
      width: 'minmax(170px, 1.2fr)',
      value: ({ session }) => renderPlace(session.peer),
      cell: ({ session }) => <Peer session={session} />,
    },
    {
      key: 'rate',
      head: t('rate'),
      width: '104px',
      align: 'end',
      largestFirst: true,
      value: ({ rate }) => rate ?? 0,
      cell: ({ rate }) =>
        rate === undefined || rate < 1 ? (
          <Text span inherit c="dimmed">
            –
          </Text>
        ) : (
          <span className={style.live}>{renderRate(rate, language)}</span>
        ),
    },
    {
      key: 'sent',
      head: t('sent'),
      width: '92px',
      align: 'end',
      from: 720,
      largestFirst: true,
      value: ({ session }) => session.bytesSent,
      cell: ({ session }) => renderBytes(session.bytesSent, language),
    },
    {
      key: 'received',
      head: t('received'),
      width: '92px',
      align: 'end',
      from: 720,
      largestFirst: true,
      value: ({ session }) => session.bytesReceived,
      cell: ({ session }) => renderBytes(session.bytesReceived, language),
    },
    {
      key: 'age',
      head: t('age'),
      width: '132px',
      align: 'end',
      from: 820,
      largestFirst: true,
      value: ({ session, at }) => (session.startedAt === undefined ? undefined : at - session.startedAt),
      cell: ({ session, at }) =>
        session.startedAt === undefined ? '–' : renderSeconds((at - session.startedAt) / 1000, language),
    },
  ];
  return withGuest ? columns : columns.slice(1);
}

/** A session on a narrow screen. */
export function SessionCard({
  row,
  t,
  language,
}: {
  readonly row: SessionRow;
  readonly t: Translate;
  readonly language: string;
}) {
  const { session, rate = 0 } = row;
  return (
    <>
      <span className={style.line}>
        <Guest session={session} t={t} />
        {rate >= 1 && <span className={style.live}>{renderRate(rate, language)}</span>}
      </span>
      <Text size="xs" c="dimmed" truncate>
        {`${session.protocol.toUpperCase()} · ${renderPlace(session.peer)} · ${renderBytes(session.bytesSent + session.bytesReceived, language)}`}
      </Text>
    </>
  );
}
