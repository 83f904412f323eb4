import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';
import i18next from 'i18next';

/** Green of water under a bridge: what is ours, what can be pressed. */
const brand: MantineColorsTuple = [
  '#e8f7f5',
  '#d0eeea',
  '#a1ddd5',
  '#6dcbbf',
  '#43bbac',
  '#2aae9e',
  '#179384',
  '#12857a',
  '#0f766e',
  '#0b5f58',
];

/** Cool greys: text and lines at 0..4, surfaces at 5..9. */
const dark: MantineColorsTuple = [
  '#d8dee6',
  '#b7c0cc',
  '#98a3b2',
  '#6b7685',
  '#3a4350',
  '#2a323c',
  '#1e252d',
  '#161b22',
  '#11151a',
  '#0b0e12',
];

const gray: MantineColorsTuple = [
  '#f7f9fa',
  '#eff2f4',
  '#e3e8ec',
  '#d5dce2',
  '#bcc6cf',
  '#96a3af',
  '#66737f',
  '#48545f',
  '#303a44',
  '#1a222a',
];

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 8,
  colors: { brand, dark, gray },
  black: '#1a222a',
  autoContrast: true,
  cursorType: 'pointer',
  defaultRadius: 'md',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.84rem', md: '0.92rem', lg: '1.05rem', xl: '1.2rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.4rem', lineHeight: '1.3' },
      h2: { fontSize: '1.05rem', lineHeight: '1.35' },
      h3: { fontSize: '0.92rem', lineHeight: '1.4' },
    },
  },
  components: {
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: true } } },
    Menu: { defaultProps: { shadow: 'md', withinPortal: true } },
    // The head of a dialog is no banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
    // Its words are of the language that the page has when it is shown.
    Notification: { defaultProps: () => ({ closeButtonProps: { 'aria-label': i18next.t('close', { ns: 'parts' }) } }) },
    Paper: { defaultProps: { withBorder: true, radius: 'md' } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm' }, styles: { root: { textTransform: 'none' } } },
  },
});

/** Grey text keeps a contrast of 4.5 to 1 on every surface (WCAG 2.2, 1.4.3). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--page-width': '1440px' },
  light: {
    '--mantine-color-body': '#ffffff',
    '--page': '#f6f8f9',
    '--mantine-color-dimmed': '#596672',
    '--mantine-color-placeholder': '#66737f',
    '--surface': '#ffffff',
    '--line': '#e0e6ea',
    '--good': '#14804a',
    '--warn': '#a15c00',
    '--bad': '#c92a2a',
    '--bad-surface': '#fff0f0',
    '--quiet': '#66737f',
    // Mantine's own text on the light surfaces of badges keeps no more than 3.8 to 1.
    '--mantine-color-green-light-color': '#1d6a2e',
    '--mantine-color-yellow-light-color': '#7a4a00',
    '--mantine-color-orange-light-color': '#8f3d00',
    '--mantine-color-blue-light-color': '#155a99',
    '--mantine-color-red-light-color': '#a81e1e',
  },
  dark: {
    '--mantine-color-body': '#181d24',
    '--page': '#11151a',
    '--mantine-color-dimmed': '#98a3b2',
    '--mantine-color-placeholder': '#8490a0',
    '--surface': '#181d24',
    '--line': '#29313b',
    '--good': '#4cc38a',
    '--warn': '#f0b24a',
    '--bad': '#ff7b78',
    '--bad-surface': '#331c1e',
    '--quiet': '#8b96a5',
  },
});
