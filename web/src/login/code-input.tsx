import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  readonly value: string;
  readonly onChange: (code: string) => void;
  /** Whether only an app's code is taken, and no recovery code. */
  readonly onlyApp?: boolean;
  /** Whether the cursor goes there at once. */
  readonly first?: boolean;
}

/** For the code of the second factor. */
export function CodeInput({ value, onChange, onlyApp = false, first = true }: Props) {
  const { t } = useTranslation('login');
  return (
    <TextInput
      label={t('code')}
      {...(onlyApp ? {} : { description: t('code-hint') })}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="one-time-code"
      inputMode={onlyApp ? 'numeric' : 'text'}
      maxLength={40}
      required
      autoFocus={first}
      {...(first ? { 'data-autofocus': true } : {})}
    />
  );
}
