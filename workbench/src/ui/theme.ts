import { effect, signal } from '@preact/signals';

const STORAGE = 'hemoserve.theme';
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const kept = localStorage.getItem(STORAGE);
export const theme = signal<Theme>(THEMES.find((one) => one === kept) ?? 'system');

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem(STORAGE, theme.value);
});
