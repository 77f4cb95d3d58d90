import type { paths } from './schema.d.ts';

type Ok<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: { 200: { content: { 'application/json': infer T } } };
}
  ? T
  : never;

export type Report = Ok<'/v1/slides/{id}', 'get'>;
export type Crop = Report['crops'][number];
export type Review = Ok<'/v1/slides/{id}/review', 'get'>;
export type Change = Review['changes'][number];
export type Differential = Review['differential'];
export type Figure = Differential['whiteCells'][number];
export type Claim = NonNullable<Review['claim']>;
export type SlideList = Ok<'/v1/slides', 'get'>;
export type ListedSlide = SlideList['slides'][number];
export type Workbench = Ok<'/v1/workbench', 'get'>;
export type Models = Ok<'/v1/models', 'get'>['models'];
export type Model = Models[number];
interface Estimate {
  value: number;
  lower95: number;
  upper95: number;
}
/** What the page shows of a manifest. Its schema says `anyOf`, of which the generator makes `unknown`. */
export interface Manifest extends Record<'name' | 'version' | 'architecture' | 'intendedUse', string> {
  classes: string[];
  input: { width: number; height: number };
  training: { dataset: string; cropCount: number };
  metrics: {
    part: string;
    n: number;
    accuracy: Estimate;
    macroF1: number;
    expectedCalibrationError: number;
    recall: Record<string, Estimate & { n: number }>;
    confusion?: number[][];
  };
  replay?: { licence: string };
  adaptation?: { from: string; laboratory: string };
  licences: { data: string; weights: string };
}
type Figures = Ok<'/v1/models/{name}/versions/{version}/figures', 'get'>;
export type Evaluation = NonNullable<Figures['evaluation']>;
export type Adaptation = NonNullable<Figures['adaptation']>;
export type Labels = Ok<'/v1/labels', 'get'>['classes'];
export type Sources = Ok<'/v1/sources', 'get'>['sources'];
export type Classification = Exclude<Ok<'/v1/classify', 'post'>['results'][number], { error: unknown }>;
export type Reason = NonNullable<Crop['result']['reasons']>[number];
export type Person = Claim['by'];
