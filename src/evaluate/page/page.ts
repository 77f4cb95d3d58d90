import type { Evaluation } from '../evaluation.js';
import { dataWords, engineWords, fourDecimals, limits, percent } from '../words.js';
import { classTable } from './classes.js';
import { confusionTable } from './confusion.js';
import { decisionSection } from './decisions.js';
import { Html, html } from './html.js';
import { failureTable, mistakeGallery } from './mistakes.js';
import { reliabilityFigure } from './reliability.js';
import { rocPanels } from './roc.js';
import { STYLE } from './style.js';

/** Nothing may be fetched, even by an edited page: crops stay on the machine. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * evaluation.html: one page that needs no other file.
 *
 * @param pictures data: URLs of the evaluation's mistakes, in their order.
 */
export function renderPage(evaluation: Evaluation, pictures: readonly string[]): string {
  const { model, data, failures, mistakes, startedAt, durationS } = evaluation;
  const title = `${model.name} ${model.version} on ${data.name}`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title><style>${new Html(STYLE)}</style></head><body>
<header><h1>${title}</h1>
<p class="muted">${dataWords(evaluation)}<br>
classified by the code that serves; ${engineWords(evaluation)}; ${startedAt.slice(0, 16).replace('T', ' ')} UTC, ${durationS.toFixed(1)} s.</p></header>
${tiles(evaluation)}
<h2>Classes</h2>
<p class="note">Limits are exact 95 % confidence limits (Clopper–Pearson).</p>
${classTable(evaluation)}
<h2>Confusion matrix</h2>
<p class="note">Crops by label and prediction, with the share of the label's crops.</p>
${confusionTable(evaluation)}
<h2>ROC curves</h2>
<p class="note">Each class against the rest. Where the area is 0.95 or more, the corner is drawn larger.</p>
${rocPanels(evaluation)}
<h2>Calibration</h2>
<p class="note">Accuracy where the model is that confident, with 95 % limits; on the diagonal the probabilities can be
taken at their word. The red distances, weighted by their crops, make the expected calibration error.</p>
${reliabilityFigure(evaluation)}
<h2>Accepted or referred</h2>
${decisionSection(evaluation)}
<h2>Most confident mistakes</h2>
<p class="note">${mistakes.length} wrong predictions of highest probability, as the model sees them.</p>
${mistakeGallery(evaluation, pictures)}
${
  failures.length > 0 &&
  html`<h2>Files that gave an error</h2>
<p class="note">They count as wrong in accuracy, recall and F1. Calibration and ROC leave them out, since they have no
probabilities.</p>
${failureTable(evaluation)}`
}
<footer><p>Limits: Clopper &amp; Pearson 1934. Expected calibration error: Naeini et al. 2015, 15 bins of equal width.
ROC AUC: Fawcett 2006, ties counted half. Macro F1: mean over the classes that have crops or
were predicted. hemoserve pre-classifies cells for review by
a qualified person; it is no medical device.</p></footer>
</body></html>
`.text;
}

function tiles(evaluation: Evaluation): Html {
  const { n, accuracy, macroF1, expectedCalibrationError, failures, cropsPerS } = evaluation;
  return html`<div class="tiles">
<div class="tile"><b>${percent(accuracy?.value)} %</b><span>accuracy${accuracy && html`<br>95 % limits ${limits(accuracy)}`}</span></div>
<div class="tile"><b>${percent(macroF1)} %</b><span>macro F1</span></div>
<div class="tile"><b>${fourDecimals(expectedCalibrationError)}</b><span>expected calibration error</span></div>
<div class="tile"><b>${n}</b><span>crops, ${cropsPerS.toFixed(1)} a second</span></div>
${failures.length > 0 && html`<div class="tile bad"><b>${failures.length}</b><span>of them gave an error instead of a class</span></div>`}
</div>`;
}
