export default {
  loading: 'Loading',
  unforeseen: 'The page failed in a way it did not foresee.',
  retry: 'Try again',
  'at-line': 'line {{line}}, {{path}}',
  'more-mistakes_one': 'And one more.',
  'more-mistakes_other': 'And {{count}} more.',
  info: 'info',
  warning: 'warning',
  critical: 'critical',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
} as const;
