// Sets light or dark before the first paint, as the user chose it (theme/colour-scheme.ts writes the choice).
(() => {
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('bridgekeeper-colour-scheme') || 'auto';
  } catch {}
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
