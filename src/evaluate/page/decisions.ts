import type { Proportion } from '../../statistics/proportion.js';
import type { Evaluation } from '../evaluation.js';
import { limits, NONE, percent } from '../words.js';
import { type Html, html } from './html.js';

/** What is accepted and what referred, class by class, and the risk-coverage curve as a table. */
export function decisionSection({ decisions, riskCoverage }: Evaluation): Html {
  const curve = riskCoverage.map(
    ({
      accepted,
      leastConfidence,
      accuracy,
    }) => html`<tr><td>${percent(accepted)}</td><td>${percent(leastConfidence)}</td>${cell(accuracy)}</tr>
`,
  );
  return html`${decisions && classTable(decisions)}
<h3>Risk and coverage</h3>
<p class="note">Accuracy if only the most probable answers are accepted (El-Yaniv &amp; Wiener 2010).</p>
<div class="scroll"><table><thead><tr><th scope="col">Accepted, %</th><th scope="col">Least probability, %</th>
<th scope="col">Right, %</th></tr></thead><tbody>
${curve}</tbody></table></div>`;
}

function classTable(decisions: NonNullable<Evaluation['decisions']>): Html {
  const rows = [...decisions.perClass, { ...decisions, name: 'all' }].map(
    ({ name, n, accepted, acceptedAccuracy, wrongAndAccepted, covered, empty }) => html`<tr>
<th scope="row">${name}</th><td>${n}</td>${cell(accepted)}${cell(acceptedAccuracy)}${cell(wrongAndAccepted)}${cell(covered)}${cell(empty)}</tr>
`,
  );
  const reasons = Object.entries(decisions.reasons).map(([reason, count]) => `${reason} ${count}`);
  return html`<p class="note">Referred crops by reason, of which one crop may have several: ${reasons.join(', ')}. Least
probability ${decisions.leastProbability}, false alarms ${percent(decisions.falseAlarmRate)} %.</p>
<div class="scroll"><table><thead><tr><th scope="col">Class</th><th scope="col">Crops</th>
<th scope="col">Accepted, %</th><th scope="col">Right of them, %</th><th scope="col">Wrong and accepted, %</th>
<th scope="col">In the prediction set at ${percent(decisions.conformalLevel)} %, %</th><th scope="col">Empty set, %</th></tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function cell(share: Proportion | undefined): Html {
  return share
    ? html`<td>${percent(share.value)}<br><small>${limits(share)}</small></td>`
    : html`<td>${NONE}</td>`;
}
