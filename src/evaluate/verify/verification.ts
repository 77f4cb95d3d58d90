import type { Proportion } from '../../statistics/proportion.js';
import type { DecisionFigures } from '../decisions.js';
import type { Evaluation } from '../evaluation.js';
import { percent, percentWithLimits } from '../words.js';
import type { Limits } from './limits.js';

export type CheckResult = 'pass' | 'fail' | 'more crops needed';

/** One demand, and whether the crops show that it is met. */
export interface Check {
  what: string;
  found: string;
  demanded: string;
  result: CheckResult;
}

/** Crops of one class that were taken for another one, most often first. */
export interface Confusion {
  label: string;
  predicted: string;
  count: number;
  /** Of them, those that nobody would have looked at. */
  accepted: number;
}

/** verification.json: what a laboratory shows before it uses a model. */
export interface Verification {
  limits: Limits;
  checks: Check[];
  passed: boolean;
  worstConfusions: Confusion[];
  evaluation: Evaluation;
}

/**
 * Compares a model's answers with a laboratory's labels, as CLSI EP12 (qualitative agreement) and H20 (differential
 * counts) ask: agreement with exact limits. A demand is met where the whole 95 % confidence interval meets it, and not
 * met where none of it does; between them more crops would tell.
 *
 * @param evaluation of the laboratory's labelled crops.
 */
export function verify(evaluation: Evaluation, confusions: Confusion[], limits: Limits): Verification {
  const all = figuresOf(evaluation);
  const checks = [
    least('right among the accepted', all.acceptedAccuracy, limits.leastAcceptedAccuracy),
    most('wrong and accepted', all.wrongAndAccepted, limits.mostWrongAndAccepted),
    most('referred to a person', without(all.accepted), limits.mostReferred),
    ...evaluation.perClass.flatMap(({ name, support, recall }) => {
      const own = evaluation.decisions?.perClass.find((one) => one.name === name);
      return [
        enough(name, support, limits.leastCropsPerClass),
        least(
          `${name}: right among the accepted`,
          own ? own.acceptedAccuracy : recall,
          limits.leastClassAgreement,
        ),
      ];
    }),
  ];
  const passed = checks.every(({ result }) => result === 'pass');
  return { limits, checks, passed, worstConfusions: confusions, evaluation };
}

/** Without trust data all answers are accepted. */
function figuresOf({
  decisions,
  accuracy,
  n,
}: Evaluation): Pick<DecisionFigures, 'accepted' | 'acceptedAccuracy' | 'wrongAndAccepted'> {
  if (decisions) return decisions;
  const everything = n === 0 ? undefined : { value: 1, lower95: 1, upper95: 1 };
  return { accepted: everything, acceptedAccuracy: accuracy, wrongAndAccepted: without(accuracy) };
}

/** The share of the others. */
function without(share: Proportion | undefined): Proportion | undefined {
  return share && { value: 1 - share.value, lower95: 1 - share.upper95, upper95: 1 - share.lower95 };
}

function least(what: string, share: Proportion | undefined, limit: number): Check {
  const result =
    !share || (share.lower95 < limit && share.upper95 >= limit)
      ? 'more crops needed'
      : share.lower95 >= limit
        ? 'pass'
        : 'fail';
  return { what, found: percentWithLimits(share), demanded: `at least ${percent(limit)}`, result };
}

function most(what: string, share: Proportion | undefined, limit: number): Check {
  const result =
    !share || (share.upper95 > limit && share.lower95 <= limit)
      ? 'more crops needed'
      : share.upper95 <= limit
        ? 'pass'
        : 'fail';
  return { what, found: percentWithLimits(share), demanded: `at most ${percent(limit)}`, result };
}

function enough(name: string, count: number, limit: number): Check {
  return {
    what: `${name}: labelled crops`,
    found: String(count),
    demanded: `at least ${limit}`,
    result: count >= limit ? 'pass' : 'more crops needed',
  };
}
