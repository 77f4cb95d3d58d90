import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../texts/index.ts';

interface Props {
  title: string;
  class?: string;
  onClose(): void;
  onKeyDown?: (event: KeyboardEvent) => void;
  children: ComponentChildren;
}

/** A modal dialog of the browser's: it keeps the focus, and gives it back. */
export function Dialog({ title, class: name = '', onClose, onKeyDown, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    // Where a person begins, rather than at the button that closes it.
    ref.current?.querySelector<HTMLElement>('input, textarea, .lens')?.focus();
    return () => (before as HTMLElement | null)?.focus?.();
  }, []);
  return (
    <dialog ref={ref} class={name} aria-labelledby={id} onClose={onClose} {...(onKeyDown && { onKeyDown })}>
      <header>
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          class="plain"
          onClick={() => ref.current?.close()}
          aria-label={t('action.close')}
        >
          ×
        </button>
      </header>
      {children}
    </dialog>
  );
}
