import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useMay } from '../../data/me.ts';
import { readSiteText, siteKey } from '../../data/site-text.ts';
import { useStatus } from '../../data/status.ts';
import { Loading } from '../../parts/loading.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { FirstSteps } from './first-steps.tsx';
import { keepDraft, readDraft, type SiteDraft } from './site-draft.ts';

// The editor is larger than the rest of the page; nobody else waits for it.
const SiteEditing = lazy(async () => ({ default: (await import('./site-editing.tsx')).SiteEditing }));

/** The site file: what is applied, or a text that somebody began. */
export function SiteFile({ onImport }: { readonly onImport: () => void }) {
  const isAdmin = useMay('admin');
  const revision = useStatus().data?.revision ?? 0;
  const [draft, setDraft] = useState(readDraft);
  const applied = useQuery({
    queryKey: [...siteKey, 'file', revision],
    queryFn: () => readSiteText('file'),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  if (applied.error) return <ProblemNotice error={applied.error} onRetry={() => void applied.refetch()} />;
  if (applied.data === undefined) return <Loading />;
  const begin = (text: string): void => {
    const begun: SiteDraft = { base: '', revision: 0, text };
    keepDraft(begun);
    setDraft(begun);
  };
  if (applied.data.revision === 0 && draft === undefined)
    return <FirstSteps onBegin={begin} onImport={onImport} mayBegin={isAdmin} />;
  return (
    <Suspense fallback={<Loading />}>
      <SiteEditing applied={applied.data.revision === 0 ? { text: '', revision: 0 } : applied.data} draft={draft} />
    </Suspense>
  );
}
