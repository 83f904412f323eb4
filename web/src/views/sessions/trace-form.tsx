import { Button, NumberInput, Paper, Select, Stack, TextInput } from '@mantine/core';
import { IconUserSearch } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TraceQuestion } from '../../../../src/client/trace.ts';
import { client } from '../../data/client.ts';
import { exactTime } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useSearchTexts } from '../../parts/use-search-text.ts';
import style from './sessions.module.css';
import { TraceAnswerView } from './trace-answer.tsx';

/** A time of a form, in the reader's time zone, as the API takes it: to the second. */
function instantOf(text: string): string {
  const time = new Date(text).getTime();
  return Number.isNaN(time) ? text : new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Who was behind an address and port at a time. */
export function TraceForm() {
  const { t } = useTranslation('sessions');
  const [search] = useSearchTexts();
  const shared = useQuery({
    queryKey: ['shared-ports', 'map', 'address'],
    queryFn: () => client.sharedPorts.map(),
    staleTime: Number.POSITIVE_INFINITY,
  }).data?.ipv4;
  const [form, setForm] = useState({
    address: search.address ?? '',
    port: search.port ?? '',
    at: exactTime(Date.now()).replace(' ', 'T'),
    within: '5s',
    protocol: null as string | null,
    peer: '',
  });
  const ask = useMutation({ mutationFn: (question: TraceQuestion) => client.trace.ask(question) });
  const put = (change: Partial<typeof form>): void => setForm({ ...form, ...change });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const { port, at, within, protocol, peer } = form;
    ask.mutate({
      address: form.address || (shared ?? ''),
      at: instantOf(at),
      ...(port === '' ? {} : { port: Number(port) }),
      ...(within === '' ? {} : { within }),
      ...(protocol === null ? {} : { protocol }),
      ...(peer === '' ? {} : { peer }),
    });
  };
  return (
    <Stack gap="md">
      <Paper p="md" className={style.hit ?? ''} component="form" onSubmit={submit}>
        <div className={style.form}>
          <TextInput
            label={t('address')}
            placeholder={shared ?? '203.0.113.10'}
            value={form.address}
            onChange={(event) => put({ address: event.currentTarget.value.trim() })}
          />
          <NumberInput
            label={t('port')}
            min={0}
            max={65_535}
            allowDecimal={false}
            hideControls
            value={form.port}
            onChange={(port) => put({ port: String(port) })}
          />
          <TextInput
            type="datetime-local"
            step={1}
            label={t('time')}
            value={form.at}
            onChange={(event) => put({ at: event.currentTarget.value })}
            required
          />
          <TextInput
            label={t('within')}
            placeholder="5s"
            value={form.within}
            onChange={(event) => put({ within: event.currentTarget.value.trim() })}
          />
          <Select
            label={t('protocol')}
            placeholder={t('any-protocol')}
            data={['tcp', 'udp', 'icmp'].map((value) => ({ value, label: value.toUpperCase() }))}
            value={form.protocol}
            onChange={(protocol) => put({ protocol })}
            clearable
          />
          <TextInput
            label={t('peer')}
            placeholder="198.51.100.7:443"
            value={form.peer}
            onChange={(event) => put({ peer: event.currentTarget.value.trim() })}
          />
          <Button type="submit" loading={ask.isPending} leftSection={<IconUserSearch size={16} aria-hidden />}>
            {t('ask')}
          </Button>
        </div>
      </Paper>
      <div aria-live="polite">
        {ask.error && <ProblemNotice error={ask.error} />}
        {ask.data && <TraceAnswerView answer={ask.data} />}
      </div>
    </Stack>
  );
}
