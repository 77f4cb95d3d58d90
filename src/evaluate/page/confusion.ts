import { sum } from '../../statistics/confusion.js';
import type { Evaluation } from '../evaluation.js';
import { type Html, html } from './html.js';

/** Ends of the colour scales, RGB: right answers blue, wrong ones red. */
const BLUE = [29, 95, 166] as const;
const RED = [184, 53, 43] as const;

/** The confusion matrix as a heat table; each cell is coloured by its share of its row, the crops of one class. */
export function confusionTable({ classes, confusionMatrix, failures }: Evaluation): Html {
  const { counts, notClassified } = confusionMatrix;
  const withErrors = failures.length > 0;
  const columns = withErrors ? [...classes, 'error'] : classes;
  const rows = classes.map((name, label) => {
    const row = counts[label] ?? [];
    const errors = notClassified[label] ?? 0;
    const support = sum(row) + errors;
    const cells = (withErrors ? [...row, errors] : row).map((count, index) =>
      cell(count, support, index === label ? BLUE : RED),
    );
    return html`<tr><th scope="row">${name}</th>${cells}</tr>
`;
  });
  return html`<div class="scroll"><table class="confusion"><thead>
<tr><th></th><th class="axis" colspan="${columns.length}">predicted</th></tr>
<tr><th class="axis">labelled</th>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr>
</thead><tbody>
${rows}</tbody></table></div>`;
}

function cell(count: number, support: number, [red, green, blue]: readonly [number, number, number]): Html {
  if (count === 0) return html`<td class="zero">0</td>`;
  const share = count / support;
  // The square root, so that rare confusions are seen at all.
  const strength = 0.08 + 0.92 * Math.sqrt(share);
  const ink = strength > 0.55 ? '#fff' : 'var(--ink)';
  const colour = `rgb(${red} ${green} ${blue} / ${strength.toFixed(3)})`;
  const percent = (share * 100).toFixed(1);
  return html`<td style="background:${colour};color:${ink}">${count}<small>${percent} %</small></td>`;
}
