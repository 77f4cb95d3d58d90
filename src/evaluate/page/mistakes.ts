import type { Evaluation } from '../evaluation.js';
import { type Html, html } from './html.js';

/** Confident wrong predictions with their pictures: what a person should look at first. */
export function mistakeGallery({ mistakes }: Evaluation, pictures: readonly string[]): Html {
  if (mistakes.length === 0) return html`<p>None.</p>`;
  const figures = mistakes.map(
    ({ path, label, predicted, confidence }, index) => html`<figure>
<img src="${pictures[index]}" alt=""><figcaption><b>${predicted}</b> ${(confidence * 100).toFixed(1)}&nbsp;%<br>
labelled ${label}<br><code class="muted">${path.slice(path.indexOf('/') + 1)}</code></figcaption></figure>
`,
  );
  return html`<div class="mistakes">${figures}</div>`;
}

/** Files that gave an error, with its code. */
export function failureTable({ failures }: Evaluation): Html {
  const rows = failures.map(
    ({ path, code, detail }) =>
      html`<tr><td><code>${path}</code></td><td><code>${code}</code></td><td>${detail}</td></tr>
`,
  );
  return html`<div class="scroll"><table class="text"><thead><tr>
<th scope="col">File</th><th scope="col">Code</th><th scope="col">What is wrong</th>
</tr></thead><tbody>
${rows}</tbody></table></div>`;
}
