import type { Proportion } from '../../statistics/proportion.js';
import type { Evaluation } from '../evaluation.js';
import { fourDecimals, limits, NONE, percent } from '../words.js';
import { type Html, html } from './html.js';

const WIDTH = 160;
const HEIGHT = 24;

/** Precision, recall, F1 and AUC per class, with the limits drawn on one scale. */
export function classTable({ perClass }: Evaluation): Html {
  const lowest = Math.min(...perClass.flatMap(({ precision, recall }) => lowerLimits(precision, recall)));
  // A multiple of 10 %, so that the scale can be read.
  const from = Math.max(0, Math.min(0.9, Math.floor(lowest * 10) / 10));
  const scale = html`<br><small>${percentTick(from)} to 100 %</small>`;
  const rows = perClass.map(
    ({ name, support, precision, recall, f1, roc }) => html`<tr>
<th scope="row">${name}</th><td>${support}</td>
${figure(precision)}<td class="range">${range(precision, from)}</td>
${figure(recall)}<td class="range">${range(recall, from)}</td>
<td>${percent(f1)}</td><td>${fourDecimals(roc?.auc)}</td></tr>
`,
  );
  return html`<div class="scroll"><table><thead><tr>
<th scope="col">Class</th><th scope="col">Crops</th>
<th scope="col">Precision, %</th><th scope="col">95 % limits${scale}</th>
<th scope="col">Recall, %</th><th scope="col">95 % limits${scale}</th>
<th scope="col">F1, %</th><th scope="col">ROC AUC</th>
</tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function figure(share: Proportion | undefined): Html {
  if (!share) return html`<td>${NONE}</td>`;
  return html`<td>${percent(share.value)}<br><small>${limits(share)}</small></td>`;
}

/** The value as a dot on the line between its limits. */
function range(share: Proportion | undefined, from: number): Html | undefined {
  if (!share) return undefined;
  const x = (proportion: number) => (5 + ((proportion - from) / (1 - from)) * (WIDTH - 10)).toFixed(1);
  const middle = HEIGHT / 2;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
<line x1="5" x2="${WIDTH - 5}" y1="${middle}" y2="${middle}" stroke="#e2e7ed"/>
<line x1="${x(share.lower95)}" x2="${x(share.upper95)}" y1="${middle}" y2="${middle}" stroke="#9dbde0" stroke-width="6" stroke-linecap="round"/>
<circle cx="${x(share.value)}" cy="${middle}" r="4" fill="#1d5fa6"/></svg>`;
}

function lowerLimits(...shares: (Proportion | undefined)[]): number[] {
  return shares.flatMap((share) => (share ? [share.lower95] : []));
}

function percentTick(proportion: number): string {
  return (proportion * 100).toFixed(0);
}
