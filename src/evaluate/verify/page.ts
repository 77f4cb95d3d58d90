import { decisionSection } from '../page/decisions.js';
import { Html, html } from '../page/html.js';
import { STYLE } from '../page/style.js';
import { dataWords, engineWords } from '../words.js';
import type { Verification } from './verification.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** verification.html: one page that needs no other file, to be kept with the laboratory's records. */
export function verificationPage({ checks, passed, worstConfusions, evaluation }: Verification): string {
  const { model, data, startedAt, n } = evaluation;
  const title = `Verification of ${model.name} ${model.version} on ${data.name}`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title><style>${new Html(STYLE)}</style></head><body>
<header><h1>${title}</h1>
<p class="muted">${dataWords(evaluation)}: ${n} crops<br>
classified by the code that serves; ${engineWords(evaluation)}; ${startedAt.slice(0, 16).replace('T', ' ')} UTC.</p></header>
<div class="tiles"><div class="${passed ? 'tile' : 'tile bad'}"><b>${passed ? 'Passed' : 'Not passed'}</b><span>all demands of the limits file</span></div></div>
<h2>Demands</h2>
<p class="note">A demand is met where the whole exact 95 % confidence interval (Clopper &amp; Pearson 1934) meets it.</p>
<div class="scroll"><table><thead><tr><th scope="col">Demand</th><th scope="col">Found, % (95 %)</th>
<th scope="col">Demanded, %</th><th scope="col">Result</th></tr></thead><tbody>
${checks.map(
  ({
    what,
    found,
    demanded,
    result,
  }) => html`<tr><th scope="row">${what}</th><td>${found}</td><td>${demanded}</td><td>${result}</td></tr>
`,
)}</tbody></table></div>
<h2>Worst confusions</h2>
<div class="scroll"><table><thead><tr><th scope="col">Label</th><th scope="col">Taken for</th><th scope="col">Crops</th>
<th scope="col">Accepted</th></tr></thead><tbody>
${worstConfusions.map(
  ({
    label,
    predicted,
    count,
    accepted,
  }) => html`<tr><th scope="row">${label}</th><td>${predicted}</td><td>${count}</td><td>${accepted}</td></tr>
`,
)}</tbody></table></div>
<h2>Accepted or referred</h2>
${decisionSection(evaluation)}
<footer><p>After CLSI EP12 and H20. hemoserve pre-classifies cells for review by a qualified person; it is no medical
device. The laboratory sets the limits and signs for the result.</p></footer>
</body></html>
`.text;
}
