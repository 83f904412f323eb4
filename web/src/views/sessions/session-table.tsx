import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionFilter, SessionView } from '../../../../src/client/sessions.ts';
import { client } from '../../data/client.ts';
import { renderCount } from '../../parts/formats.ts';
import { Loading } from '../../parts/loading.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { VirtualTable } from '../../parts/virtual-table.tsx';
import { SessionCard, type SessionRow, sessionColumns, sessionId } from './session-columns.tsx';
import { useSessionRates } from './session-rates.ts';

/** Sessions that are shown: the largest of those that fit. */
const most = 500;
/** Milliseconds between two looks. */
const every = 2_000;

const countOf = ({ bytesSent, bytesReceived }: SessionView): number => bytesSent + bytesReceived;
const keyOf = (session: SessionView): string => sessionId({ session, at: 0 });

interface Props {
  readonly filter: SessionFilter;
  readonly withGuest?: boolean;
  /** Beside the count. */
  readonly children?: ReactNode;
  readonly height?: string;
}

/** Open sessions as they are now, read anew every two seconds. */
export function SessionTable({ filter, withGuest = true, children, height }: Props) {
  const { t, i18n } = useTranslation('sessions');
  const language = i18n.language;
  const { data, error, isPending } = useQuery({
    queryKey: ['sessions', 'list', filter],
    queryFn: () => client.sessions.list({ ...filter, limit: most }),
    refetchInterval: every,
    placeholderData: (before) => before,
  });
  const rates = useSessionRates(data?.at, data?.sessions ?? [], keyOf, countOf);
  const rows = useMemo(
    () =>
      (data?.sessions ?? []).map((session): SessionRow => {
        const rate = rates.get(keyOf(session));
        return { session, at: data?.at ?? 0, ...(rate === undefined ? {} : { rate }) };
      }),
    [data, rates],
  );
  const columns = useMemo(() => sessionColumns(t, language, withGuest), [t, language, withGuest]);
  const compact = useMemo(
    () => (row: SessionRow) => <SessionCard row={row} t={t} language={language} />,
    [t, language],
  );
  if (isPending) return <Loading />;
  return (
    <>
      {error && <ProblemNotice error={error} />}
      {children}
      {data && data.total > data.sessions.length && (
        <p>
          {t('largest-of', {
            shown: renderCount(data.sessions.length, language),
            all: renderCount(data.total, language),
          })}
        </p>
      )}
      <VirtualTable
        label={t('title')}
        rows={rows}
        columns={columns}
        rowId={sessionId}
        firstSort={{ key: 'rate', largestFirst: true }}
        compact={compact}
        nothing={t('no-session')}
        {...(height === undefined ? {} : { height })}
      />
    </>
  );
}
