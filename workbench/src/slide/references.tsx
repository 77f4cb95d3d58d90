import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { fetchBlob } from '../api/client.ts';
import type { Manifest } from '../api/types.ts';
import { loadModels, loadVersion, type VersionName } from '../models/load.ts';
import { className } from '../slides/workbench.ts';
import { t } from '../texts/index.ts';

const SHOWN = 6;

/** By version, class and number; kept as long as the page is open. */
const pictures = new Map<string, Promise<string | undefined>>();
let manifests: Promise<Manifest[]> | undefined;

/** Pictures of classes, to compare with: crops that the version was trained on, where it ships some. */
export function References({ names, model }: { names: readonly string[]; model: VersionName }) {
  const shown = [...new Set(names)];
  const urls = useSignal<Record<string, (string | undefined)[]>>({});
  const licence = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    void (async () => {
      const source = await versionWithExamples(model);
      if (!source) return;
      // Of artefacts there are none.
      for (const name of shown.filter((one) => source.classes.includes(one))) {
        const found = await Promise.all(
          Array.from({ length: SHOWN }, (_, index) => picture(source, name, index + 1)),
        );
        if (isGone) return;
        urls.value = { ...urls.value, [name]: found };
        licence.value = t('viewer.credit', {
          model: `${source.name} ${source.version}`,
          licence: source.replay?.licence ?? '',
        });
      }
    })().catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [shown.join(), model.name, model.version]);
  if (!licence.value) return null;
  return (
    <div class="references">
      <h3>{t('viewer.references')}</h3>
      {Object.keys(urls.value)
        .filter((name) => shown.includes(name))
        .map((name) => (
          <figure key={name}>
            <figcaption>{className(name)}</figcaption>
            <div>
              {urls.value[name]?.map(
                (url, index) => url && <img key={url} src={url} alt={`${className(name)} ${index + 1}`} />,
              )}
            </div>
          </figure>
        ))}
      <p class="note">{licence.value}</p>
    </div>
  );
}

/** This version, or the first one that ships crops. */
async function versionWithExamples({ name, version }: VersionName): Promise<Manifest | undefined> {
  manifests ??= loadModels().then((models) =>
    Promise.all(models.map(async (model) => (await loadVersion(model)).manifest)),
  );
  const all = (await manifests).filter(({ replay }) => replay);
  return all.find((one) => one.name === name && one.version === version) ?? all[0];
}

function picture({ name, version }: VersionName, of: string, number: number): Promise<string | undefined> {
  const path = `/v1/models/${name}/versions/${version}/examples/${encodeURIComponent(of)}/${number}`;
  const known = pictures.get(path);
  if (known) return known;
  const found = fetchBlob(path).then(URL.createObjectURL, () => undefined);
  pictures.set(path, found);
  return found;
}
