import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Texts } from './texts.ts';

/** Languages by their tags (BCP 47), each with its own name. */
export const languages = { en: 'English', zh: '简体中文' } as const;
export type Language = keyof typeof languages;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    resources: Texts;
  }
}

const stored = 'bridgekeeper-language';
/** What the document says of its language. */
const tags: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' };

/** The texts of a folder are its namespace: views/guests/text.en.ts is `guests`. Each is loaded when it is needed. */
const files = import.meta.glob<{ default: object }>('../**/text.*.ts');
const byPlace = new Map(
  Object.entries(files).map(([path, load]) => {
    const [, folder, language] = /([\w-]+)\/text\.(\w+)\.ts$/.exec(path) ?? [];
    return [`${language}/${folder}`, load];
  }),
);

const isLanguage = (text: string | null): text is Language => text !== null && Object.hasOwn(languages, text);

function firstLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(stored);
  } catch {
    // Storage may be forbidden; then the browser's language is asked each time.
  }
  if (isLanguage(chosen)) return chosen;
  const wanted = navigator.languages.find((tag) => /^(?:en|zh)\b/i.test(tag));
  return wanted?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

i18next.on('languageChanged', (language) => {
  document.documentElement.lang = tags[language as Language];
});

const source: BackendModule = {
  type: 'backend',
  init: () => {},
  read: (language, namespace, done) => {
    const load = byPlace.get(`${language}/${namespace}`);
    if (load === undefined) return done(new Error(`no texts of ${namespace} in ${language}`), false);
    load().then(
      (module) => done(null, module.default as never),
      (error: Error) => done(error, true),
    );
  },
};

await i18next
  .use(source)
  .use(initReactI18next)
  .init({
    lng: firstLanguage(),
    fallbackLng: false,
    supportedLngs: Object.keys(languages),
    ns: ['shell'],
    defaultNS: 'shell',
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  });

/** Goes on in this language, also the next time. */
export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(stored, language);
  } catch {
    // It holds until the page is left.
  }
  await i18next.changeLanguage(language);
}
