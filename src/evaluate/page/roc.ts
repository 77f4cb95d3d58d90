import type { RocCurve } from '../../statistics/roc.js';
import type { Evaluation } from '../evaluation.js';
import { fourDecimals } from '../words.js';
import { type Html, html } from './html.js';

const LEFT = 34;
const TOP = 8;
const SIDE = 190;
const VIEW = `0 0 ${LEFT + SIDE + 14} ${TOP + SIDE + 34}`;
const TICKS = [0, 0.5, 1];

/** The corner of the best curves, which is drawn larger where there is room: both rates within 5 %. */
const CORNER = 0.05;
const INSET_SIDE = 104;
const INSET_AUC = 0.95;

/** A small ROC for each class against the rest, which stays readable with any number of classes. */
export function rocPanels({ perClass }: Evaluation): Html {
  const panels = perClass.map(
    ({
      name,
      roc,
    }) => html`<figure><figcaption>${name} <small>AUC ${fourDecimals(roc?.auc)}</small></figcaption>
<svg viewBox="${VIEW}" role="img" aria-label="ROC of ${name}">${axes()}${roc && curves(roc)}</svg></figure>
`,
  );
  return html`<div class="panels">${panels}</div>`;
}

function axes(): Html {
  const ticks = TICKS.map((rate) => {
    const x = LEFT + rate * SIDE;
    const y = TOP + (1 - rate) * SIDE;
    return html`<path d="M${x} ${TOP}V${TOP + SIDE}M${LEFT} ${y}H${LEFT + SIDE}" stroke="#e2e7ed"/>
<text x="${x}" y="${TOP + SIDE + 14}" text-anchor="middle">${rate * 100}</text>
<text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${rate * 100}</text>`;
  });
  return html`${ticks}<path d="M${LEFT} ${TOP + SIDE}L${LEFT + SIDE} ${TOP}" stroke="#b4bec9" stroke-dasharray="3 3"/>
<text x="${LEFT + SIDE / 2}" y="${TOP + SIDE + 29}" text-anchor="middle">false positive rate, %</text>
<text transform="translate(10 ${TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">true positive rate, %</text>`;
}

function curves(curve: RocCurve): Html {
  const whole = plot(curve, LEFT, TOP, SIDE, 1);
  if (curve.auc < INSET_AUC) return whole;
  const x = LEFT + SIDE - INSET_SIDE - 8;
  const y = TOP + SIDE - INSET_SIDE - 22;
  return html`${whole}<rect x="${x}" y="${y}" width="${INSET_SIDE}" height="${INSET_SIDE}" fill="#fff" stroke="#b4bec9"/>
${plot(curve, x, y, INSET_SIDE, CORNER)}
<text x="${x}" y="${y + INSET_SIDE + 13}">0</text>
<text x="${x + INSET_SIDE}" y="${y + INSET_SIDE + 13}" text-anchor="end">${CORNER * 100}</text>
<text x="${x - 4}" y="${y + 9}" text-anchor="end">100</text>
<text x="${x - 4}" y="${y + INSET_SIDE}" text-anchor="end">${100 - CORNER * 100}</text>`;
}

/** The curve's upper left corner, of `extent` in both rates, in a square. */
function plot(curve: RocCurve, x: number, y: number, side: number, extent: number): Html {
  const points = curve.falsePositiveRate.map((rate, index) => {
    const missed = 1 - (curve.truePositiveRate[index] ?? 0);
    return `${((rate * side) / extent).toFixed(2)},${((missed * side) / extent).toFixed(2)}`;
  });
  // A nested svg cuts off what lies outside the corner; the whole curve needs its full stroke at the edges.
  const overflow = extent === 1 ? 'visible' : 'hidden';
  return html`<svg x="${x}" y="${y}" width="${side}" height="${side}" overflow="${overflow}">
<polyline points="${points.join(' ')}" fill="none" stroke="#1d5fa6" stroke-width="2" stroke-linejoin="round"/></svg>`;
}
