/** The page's style sheet; it is used on paper too. */
export const STYLE = `
:root { --ink: #1b2430; --muted: #5f6c7b; --line: #e2e7ed; --soft: #f5f7f9; --blue: #1d5fa6; --red: #b8352b;
  color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 40px 28px 56px; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; letter-spacing: -.01em; }
h2 { margin: 52px 0 4px; font-size: 19px; }
p { margin: 4px 0; max-width: 92ch; }
.muted, .note, figcaption small { color: var(--muted); }
.note { margin-bottom: 16px; font-size: 13.5px; }
code { font: 12.5px ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin-top: 24px; }
.tile { padding: 14px 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); }
.tile b { display: block; font-size: 27px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { display: block; color: var(--muted); font-size: 13px; }
.tile.bad b { color: var(--red); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { color: var(--muted); font-size: 13px; font-weight: 500; text-align: right; vertical-align: bottom; }
td, th { padding: 6px 10px; border-bottom: 1px solid var(--line); }
td { text-align: right; white-space: nowrap; }
td small { color: var(--muted); font-size: 12.5px; }
th:first-child, td:first-child, .text td, .text th { text-align: left; }
tbody th { color: var(--ink); font-size: inherit; vertical-align: middle; }
.range { width: 170px; padding: 0 6px; }
.range svg { display: block; width: 160px; height: 24px; }
.confusion { border-collapse: separate; border-spacing: 3px; }
.confusion td, .confusion th { border: 0; padding: 6px 4px; }
.confusion td { width: 11%; height: 40px; text-align: center; border-radius: 4px; background: var(--soft); }
.confusion td.zero { color: #b4bec9; }
.confusion td small { display: block; color: inherit; font-size: 11.5px; line-height: 1.1; opacity: .85; }
.confusion thead th { text-align: center; }
.confusion tbody th { width: 1%; text-align: right; white-space: nowrap; padding-right: 10px; }
.confusion .axis { color: var(--muted); font-size: 12px; }
figure { margin: 0; }
figcaption { font-size: 14px; }
svg text { font: 11px system-ui, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--muted); }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(205px, 1fr)); gap: 22px 14px; }
.panels svg { display: block; width: 100%; }
.panels figcaption { display: flex; justify-content: space-between; padding: 0 8px 2px 34px; }
.beside { display: grid; grid-template-columns: minmax(0, 500px) 1fr; gap: 36px; align-items: start; }
.beside svg { display: block; width: 100%; }
.beside table { font-size: 13.5px; }
.beside td, .beside th { padding: 3px 8px; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(154px, 1fr)); gap: 14px; }
.mistakes figure { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; break-inside: avoid; }
.mistakes img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; background: var(--soft); }
.mistakes figcaption { padding: 8px 10px 10px; font-size: 13px; line-height: 1.4; }
.mistakes code { font-size: 11px; }
.mistakes b { color: var(--red); font-weight: 600; }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--muted);
  font-size: 13px; }
@media (max-width: 760px) { .beside { grid-template-columns: 1fr; } }
@media print { body { padding: 0; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
`;
