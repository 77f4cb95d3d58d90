import { signal } from '@preact/signals';
import i18next from 'i18next';
import { en } from './en.ts';
import { es } from './es.ts';

/** Without the endings by which i18next tells one from many. */
type WithoutCount<K> = K extends `${infer Key}_${'one' | 'other'}` ? Key : K;
export type TextKey = WithoutCount<keyof typeof en>;
export type Texts = Record<keyof typeof en, string>;

export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;
const STORAGE = 'hemoserve.language';

const chosen = localStorage.getItem(STORAGE) ?? navigator.language.slice(0, 2);
export const language = signal<Language>(chosen === 'es' ? 'es' : 'en');

await i18next.init({
  lng: language.value,
  fallbackLng: 'en',
  resources: { en: { translation: en }, es: { translation: es } },
  // Keys have dots, and Preact escapes.
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
});
document.documentElement.lang = language.value;

export async function speak(to: Language): Promise<void> {
  await i18next.changeLanguage(to);
  localStorage.setItem(STORAGE, to);
  document.documentElement.lang = to;
  language.value = to;
}

/** A text in the person's language; whoever renders it is rendered again when that changes. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  void language.value;
  return i18next.t(key, values);
}

/** A text whose key comes from the service, such as a class; `otherwise` where there is none. */
export function textOf(key: string, otherwise: string): string {
  void language.value;
  return i18next.exists(key) ? i18next.t(key) : otherwise;
}

export function formatNumber(value: number, digits = 0): string {
  return new Intl.NumberFormat(language.value, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

export function formatTime(iso: string): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(iso),
  );
}

/** Of a time left: seconds, then minutes. */
export function formatDuration(seconds: number): string {
  const [value, unit] = seconds < 90 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return new Intl.NumberFormat(language.value, { style: 'unit', unit }).format(Number(value));
}
