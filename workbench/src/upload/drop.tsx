import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';
import { chosenFiles, droppedFiles } from './files.ts';

interface Props {
  onFiles(files: File[]): void;
  title: string;
  children?: ComponentChildren;
}

/** Where files, folders and zips are dropped, or chosen by buttons. */
export function DropZone({ onFiles, title, children }: Props) {
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);

  async function take(found: Promise<File[]>): Promise<void> {
    try {
      const all = await found;
      if (all.length > 0) onFiles(all);
    } catch (error) {
      tellError(error);
    }
  }
  const chosen = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    void take(chosenFiles([...(input.files ?? [])]));
    input.value = '';
  };

  return (
    <section
      class={`drop ${over ? 'over' : ''}`}
      aria-label={title}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) void take(droppedFiles(event.dataTransfer));
      }}
    >
      <p class="drop-title">{title}</p>
      {children}
      <p class="buttons">
        <button type="button" class="primary" onClick={() => files.current?.click()}>
          {t('upload.files')}
        </button>
        <button type="button" onClick={() => folder.current?.click()}>
          {t('upload.folder')}
        </button>
      </p>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        onChange={chosen}
        aria-label={t('upload.files')}
        data-input="files"
      />
      <input
        ref={folder}
        type="file"
        // A property that HTML's types do not know.
        {...{ webkitdirectory: true }}
        multiple
        hidden
        onChange={chosen}
        aria-label={t('upload.folder')}
        data-input="folder"
      />
    </section>
  );
}
