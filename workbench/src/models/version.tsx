import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { Confusion } from '../charts/confusion.tsx';
import { Reliability, RiskCoverage, Roc } from '../charts/figures.tsx';
import { References } from '../slide/references.tsx';
import { className } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';
import { tellError } from '../ui/notices.tsx';
import { loadVersion, type VersionFacts, type VersionName } from './load.ts';

/** One version: its card, and how it was measured. */
export function VersionPage({ name, version }: VersionName) {
  const facts = useSignal<VersionFacts | undefined>(undefined);
  useEffect(() => {
    loadVersion({ name, version }).then((found) => {
      facts.value = found;
    }, tellError);
  }, [name, version]);
  if (!facts.value) return <p class="empty">{t('loading')}</p>;
  const { manifest, evaluation } = facts.value;
  const { classes, metrics } = manifest;
  const confusion = evaluation?.confusionMatrix.counts ?? metrics.confusion;
  return (
    <>
      <p>
        <Link href="/models">← {t('models.title')}</Link>
      </p>
      <h1>
        {name} {version}
      </h1>
      <Card {...facts.value} />
      <section class="card">
        <h2>{t('model.recall')}</h2>
        <p class="note">{t('model.part', { n: formatNumber(metrics.n), part: metrics.part })}</p>
        <dl class="bars wide">
          {Object.entries(metrics.recall).map(([className_, { value, lower95, upper95, n }]) => (
            <div key={className_}>
              <dt>{className(className_)}</dt>
              <dd>
                <meter min={0} max={1} value={value} aria-label={className(className_)} />
                <span class="number">
                  {formatNumber(100 * value, 1)} % ({formatNumber(100 * lower95, 1)}–
                  {formatNumber(100 * upper95, 1)}, n = {formatNumber(n)})
                </span>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      {confusion && (
        <section class="card">
          <h2>{t('model.confusion')}</h2>
          <Confusion classes={classes} counts={confusion} />
        </section>
      )}
      <section class="card">
        <h2>{t('model.figures')}</h2>
        {evaluation ? (
          <>
            <p class="note">
              {t('model.evaluated', {
                n: formatNumber(evaluation.n),
                data: [evaluation.data.name, evaluation.data.part].filter(Boolean).join(', '),
                engine: `${evaluation.engine.name} ${evaluation.engine.precision}`,
              })}
            </p>
            <div class="figures">
              <Roc perClass={evaluation.perClass} />
              <Reliability reliability={evaluation.reliability} />
              <RiskCoverage riskCoverage={evaluation.riskCoverage} />
            </div>
          </>
        ) : (
          <p class="note">{t('model.noEvaluation')}</p>
        )}
      </section>
      {manifest.replay && (
        <section class="card">
          <References names={classes} model={{ name, version }} />
        </section>
      )}
    </>
  );
}

function Card({ manifest }: VersionFacts) {
  const { intendedUse, architecture, input, training, metrics, licences, adaptation } = manifest;
  const { accuracy, expectedCalibrationError, macroF1 } = metrics;
  const rows = [
    [t('card.use'), intendedUse],
    [t('card.architecture'), `${architecture}, ${input.width} × ${input.height}`],
    [
      t('card.data'),
      t('card.dataValue', { data: training.dataset, count: formatNumber(training.cropCount) }),
    ],
    [
      t('card.accuracy'),
      `${formatNumber(100 * accuracy.value, 2)} % (${formatNumber(100 * accuracy.lower95, 2)}–${formatNumber(100 * accuracy.upper95, 2)})`,
    ],
    ['Macro F1', `${formatNumber(100 * macroF1, 2)} %`],
    [t('card.calibration'), formatNumber(expectedCalibrationError, 4)],
    [t('card.adapted'), adaptation && `${adaptation.from} → ${adaptation.laboratory}`],
    [t('card.licences'), t('card.licencesValue', licences)],
  ].filter((row): row is [string, string] => Boolean(row[1]));
  return (
    <section class="card">
      <h2>{t('card.title')}</h2>
      <dl class="fact-list">
        {rows.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
