import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from '../../src/app.js';
import { loadSettings } from '../../src/settings/load.js';

const root = join(import.meta.dirname, '..', '..');

/** The crop of the README: the drawing of an eosinophil. */
export const CROP = join(root, 'test', 'fixtures', 'cells', 'eosinophil.jpg');
export const ANSWER_FIGURE = join(root, 'docs', 'figures', 'answer.svg');

/** What the picture shows of an answer of `POST /v1/classify`. */
export interface Answer {
  model: { name: string; version: string };
  results: { class: string; probabilities: Record<string, number> }[];
}

/** The picture of the README, from what the service answers for its crop: default model, onnxruntime, float32. */
export async function renderAnswerFigure(): Promise<string> {
  const app = await buildApp({
    ...loadSettings({}),
    logLevel: 'silent',
    engine: 'onnxruntime',
    precision: 'float32',
  });
  try {
    await app.modelHost.load();
    const crop = readFileSync(CROP);
    const headers = { 'content-type': 'image/jpeg' };
    const response = await app.inject({ method: 'POST', url: '/v1/classify', headers, payload: crop });
    return drawAnswer(crop, response.json<Answer>());
  } finally {
    await app.close();
  }
}

const HEIGHT = 300;
const BARS_X = 400;
const BAR_WIDTH = 300;
const ROW_HEIGHT = 28;

/**
 * A crop beside the class probabilities of its answer, as an SVG. Percents and bars are rounded, so that every
 * processor draws the same picture.
 *
 * @param jpeg the crop's file.
 */
export function drawAnswer(jpeg: Buffer, { model, results }: Answer): string {
  const [result] = results;
  if (!result) throw new Error('an answer without a result');
  const bars = Object.entries(result.probabilities).flatMap(([name, probability], index) => {
    const y = 56 + index * ROW_HEIGHT;
    const top = name === result.class;
    const width = Math.max(1, Math.round(probability * BAR_WIDTH));
    return [
      text(BARS_X - 10, y + 13, name, `text-anchor="end"${top ? ' font-weight="bold"' : ''}`),
      `<rect x="${BARS_X}" y="${y}" width="${width}" height="18" fill="${top ? '#6d4f97' : '#c9b3d6'}"/>`,
      text(BARS_X + width + 8, y + 13, percent(probability), top ? 'font-weight="bold"' : ''),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="780" height="${HEIGHT}" font-family="sans-serif" font-size="14">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<image x="20" y="29" width="240" height="242" href="data:image/jpeg;base64,${jpeg.toString('base64')}"/>`,
    text(BARS_X, 36, `class probabilities of ${model.name} ${model.version}`, 'fill="#555555"'),
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;
}

function percent(probability: number): string {
  return probability < 0.005 ? '&lt; 1 %' : `${Math.round(100 * probability)} %`;
}
