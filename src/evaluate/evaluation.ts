import type { GoldenOutput } from '../classify/classifier.js';
import type { EngineDescription } from '../engines/engine.js';
import {
  type ClassFigures,
  type ConfusionMatrix,
  classFigures,
  confusionMatrix,
  macroF1,
} from '../statistics/confusion.js';
import { type Proportion, proportion } from '../statistics/proportion.js';
import {
  calibrationErrorLimits,
  expectedCalibrationError,
  type ReliabilityBin,
  reliability,
} from '../statistics/reliability.js';
import { type RiskCoveragePoint, riskCoverage } from '../statistics/risk-coverage.js';
import { type RocCurve, roc } from '../statistics/roc.js';
import type { Failure, JudgedFile, Prediction } from './classify-files.js';
import type { LeftOut } from './data-set.js';
import { type Decisions, type DecisionTerms, decisions } from './decisions.js';

/** What was judged, how, and on what. */
export interface Run {
  model: { name: string; version: string };
  /** Names in the manifest's order. */
  classes: string[];
  data: {
    /** The data set's folder, by its own name. */
    name: string;
    /** File name of the split, and its part; undefined for all images of the folders. */
    split: string | undefined;
    part: string | undefined;
    /** Most crops, spread evenly; undefined for all. */
    limit: number | undefined;
    leftOut: LeftOut[];
  };
  engine: EngineDescription;
  /** Of each crop, averaged. */
  views: number;
  /** How answers were judged. */
  trust: DecisionTerms;
  /** What it says of the version's golden images, for `npm run train:record`. */
  golden: readonly GoldenOutput[];
  /** ISO 8601, UTC. */
  startedAt: string;
  /** From the first file read to the last one classified; the model was loaded before. */
  durationS: number;
}

/** A confident wrong prediction. */
export interface Mistake {
  path: string;
  label: string;
  predicted: string;
  /** Probability of the predicted class. */
  confidence: number;
}

/**
 * evaluation.json. Files that gave an error count as wrong in n, accuracy, recall and F1; calibration and ROC are
 * of those that were classified, since an error has no probabilities.
 */
export interface Evaluation extends Run {
  n: number;
  accuracy: Proportion | undefined;
  macroF1: number | undefined;
  expectedCalibrationError: number | undefined;
  calibrationErrorLimits: { lower95: number; upper95: number } | undefined;
  /** One-vs-rest ROC beside the other figures; undefined where a class has no crops or all of them. */
  perClass: (ClassFigures & { roc: RocCurve | undefined })[];
  confusionMatrix: ConfusionMatrix;
  reliability: ReliabilityBin[];
  /** Accuracy where only the most probable predictions are accepted, of those that were classified. */
  riskCoverage: RiskCoveragePoint[];
  /** What was accepted and what referred; undefined where the version has no trust data. */
  decisions: Decisions | undefined;
  /** Files that gave an error, with its code (src/errors/codes.ts). */
  failures: { path: string; label: string; code: string; detail: string }[];
  /** The most confident wrong predictions, worst first. */
  mistakes: Mistake[];
  cropsPerS: number;
}

const MOST_MISTAKES = 24;

/** All figures of a run over its outcomes, defined as in training/hemoserve_training/measure/metrics.py. */
export function evaluate(run: Run, outcomes: readonly JudgedFile[]): Evaluation {
  const { classes } = run;
  const predictions = outcomes.filter((outcome): outcome is Prediction => !('error' in outcome));
  const failures = outcomes.filter((outcome): outcome is Failure => 'error' in outcome);
  const matrix = confusionMatrix(
    outcomes.map(({ truth }) => truth),
    outcomes.map((outcome) => ('error' in outcome ? undefined : outcome.predicted)),
    classes.length,
  );
  const figures = classFigures(matrix, classes);
  const right = predictions.map(({ truth, predicted }) => truth === predicted);
  const confidences = predictions.map(({ confidence }) => confidence);
  const bins = reliability(confidences, right);
  const nameOf = (index: number) => classes[index] ?? '';
  return {
    ...run,
    n: outcomes.length,
    accuracy: proportion(right.filter(Boolean).length, outcomes.length),
    macroF1: macroF1(figures),
    expectedCalibrationError: expectedCalibrationError(bins),
    calibrationErrorLimits: calibrationErrorLimits(confidences, right),
    perClass: figures.map((one, index) => ({
      ...one,
      roc: roc(
        predictions.map(({ probabilities }) => probabilities[index] ?? Number.NaN),
        predictions.map(({ truth }) => truth === index),
      ),
    })),
    confusionMatrix: matrix,
    reliability: bins,
    riskCoverage: riskCoverage(confidences, right),
    decisions: decisions(predictions, classes, run.trust),
    failures: failures.map(({ path, truth, error }) => ({
      path,
      label: nameOf(truth),
      code: error.code,
      detail: error.message,
    })),
    mistakes: predictions
      .filter(({ truth, predicted }) => truth !== predicted)
      .sort((a, b) => b.confidence - a.confidence)
      .slice(0, MOST_MISTAKES)
      .map(({ path, truth, predicted, confidence }) => ({
        path,
        label: nameOf(truth),
        predicted: nameOf(predicted),
        confidence,
      })),
    cropsPerS: outcomes.length / run.durationS,
  };
}
