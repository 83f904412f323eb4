import { localStorageColorSchemeManager } from '@mantine/core';

/** Where light, dark or `auto` is kept; public/colour-scheme.js reads it before the first paint. */
export const colourScheme = localStorageColorSchemeManager({ key: 'bridgekeeper-colour-scheme' });
