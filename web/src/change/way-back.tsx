import { Input, SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const choices = [
  { seconds: 30, words: 'seconds-30' },
  { seconds: 60, words: 'minute-1' },
  { seconds: 300, words: 'minutes-5' },
  { seconds: 0, words: 'no-countdown' },
] as const;

/** How long a change is on trial: seconds, 0 for not at all. */
export function WayBack({
  seconds,
  onChoose,
}: {
  readonly seconds: number;
  readonly onChoose: (seconds: number) => void;
}) {
  const { t } = useTranslation('change');
  return (
    <Input.Wrapper
      label={t('keep-unless')}
      description={t(seconds === 0 ? 'no-countdown-hint' : 'keep-hint')}
      inputWrapperOrder={['label', 'input', 'description']}
      labelElement="div"
    >
      <SegmentedControl
        fullWidth
        size="xs"
        my={4}
        aria-label={t('keep-unless')}
        value={String(seconds)}
        onChange={(value) => onChoose(Number(value))}
        data={choices.map((choice) => ({ value: String(choice.seconds), label: t(choice.words) }))}
      />
    </Input.Wrapper>
  );
}
