import { type Proportion, proportion } from '../../statistics/proportion.js';
import type { ReliabilityBin } from '../../statistics/reliability.js';
import type { Evaluation } from '../evaluation.js';
import { percent } from '../words.js';
import { type Html, html } from './html.js';

const LEFT = 42;
const TOP = 8;
const SIDE = 380;
const GAP = 22;
const HISTOGRAM = 84;
const BOTTOM = TOP + SIDE + GAP + HISTOGRAM;
const VIEW = `0 0 ${LEFT + SIDE + 12} ${BOTTOM + 36}`;
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** Tenths of a unit are finer than any screen. */
const rounded = (coordinate: number) => Math.round(coordinate * 10) / 10;
const x = (confidence: number) => rounded(LEFT + confidence * SIDE);
const y = (accuracy: number) => rounded(TOP + (1 - accuracy) * SIDE);

/** Accuracy against confidence with 95 % limits, over how many crops had that confidence; the bins as a table. */
export function reliabilityFigure({ reliability }: Evaluation): Html {
  const filled = reliability.filter(({ count }) => count > 0);
  return html`<div class="beside"><figure>
<svg viewBox="${VIEW}" role="img" aria-label="Reliability diagram">${axes()}${histogram(filled)}${filled.map(dot)}</svg>
</figure><table><thead><tr>
<th scope="col">Confidence, %</th><th scope="col">Crops</th><th scope="col">Mean, %</th><th scope="col">Accuracy, %</th>
</tr></thead><tbody>
${filled.map(row)}</tbody></table></div>`;
}

function axes(): Html {
  const ticks = TICKS.map(
    (tick) => html`<path d="M${x(tick)} ${TOP}V${TOP + SIDE}M${LEFT} ${y(tick)}H${x(1)}" stroke="#e2e7ed"/>
<text x="${LEFT - 7}" y="${y(tick) + 4}" text-anchor="end">${(tick * 100).toFixed(0)}</text>
<text x="${x(tick)}" y="${BOTTOM + 15}" text-anchor="middle">${(tick * 100).toFixed(0)}</text>`,
  );
  return html`${ticks}<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#8593a2" stroke-dasharray="4 4"/>
<path d="M${LEFT} ${BOTTOM}H${x(1)}" stroke="#8593a2"/>
<text transform="translate(11 ${TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">accuracy, %</text>
<text transform="translate(11 ${BOTTOM - HISTOGRAM / 2}) rotate(-90)" text-anchor="middle">crops</text>
<text x="${x(0.5)}" y="${BOTTOM + 32}" text-anchor="middle">confidence (top-1 probability), %</text>`;
}

/** Accuracy at the mean confidence, the limits, and the distance to the diagonal, whose mean is the ECE. */
function dot({ count, confidence = 0, accuracy = 0 }: ReliabilityBin): Html {
  const { lower95, upper95 } = proportion(Math.round(accuracy * count), count) as Proportion;
  const at = x(confidence);
  return html`<path d="M${at} ${y(lower95)}V${y(upper95)}" stroke="#9dbde0" stroke-width="3" stroke-linecap="round"/>
<path d="M${at} ${y(accuracy)}V${y(confidence)}" stroke="#b8352b" stroke-width="1.5"/>
<circle cx="${at}" cy="${y(accuracy)}" r="4.5" fill="#1d5fa6"/>`;
}

function histogram(bins: readonly ReliabilityBin[]): Html[] {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  return bins.map(({ from, to, count }) => {
    const height = Math.max(1, (count / most) * HISTOGRAM);
    return html`<rect x="${rounded(x(from) + 1)}" width="${rounded(x(to) - x(from) - 2)}" y="${rounded(BOTTOM - height)}" height="${rounded(height)}" fill="#9dbde0"/>`;
  });
}

function row({ from, to, count, confidence, accuracy }: ReliabilityBin): Html {
  return html`<tr><td>${(from * 100).toFixed(1)}–${(to * 100).toFixed(1)}</td><td>${count}</td>
<td>${percent(confidence)}</td><td>${percent(accuracy)}</td></tr>
`;
}
