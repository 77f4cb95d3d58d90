import { describe, expect, it } from 'vitest';
import { decide, type Evidence } from '../../src/trust/decision.js';
import { qualityLimits, unusualMeasures } from '../../src/trust/quality.js';

describe('the decision', () => {
  const sure: Evidence = {
    top: 2,
    probability: 0.99,
    set: [2],
    novelty: { score: 1, threshold: 2 },
    unusual: [],
  };
  const reasons = (evidence: Partial<Evidence>) => decide({ ...sure, ...evidence }, 0.9).reasons;

  it('accepts what nothing speaks against, also where nothing is known of novelty', () => {
    expect(decide(sure, 0.9)).toEqual({ decision: 'accepted', reasons: [] });
    expect(decide({ ...sure, novelty: undefined }, 0.9).decision).toBe('accepted');
  });

  it('says every reason', () => {
    expect(reasons({ probability: 0.89 })).toEqual(['low_confidence']);
    expect(reasons({ set: [] })).toEqual(['low_confidence']);
    expect(reasons({ set: [2, 3] })).toEqual(['set_not_single']);
    expect(reasons({ set: [3] })).toEqual(['set_not_single']);
    expect(reasons({ novelty: { score: 2.1, threshold: 2 } })).toEqual(['out_of_distribution']);
    expect(reasons({ unusual: ['focus'] })).toEqual(['poor_quality']);
    const all = decide(
      { top: 0, probability: 0.5, set: [0, 1], novelty: { score: 3, threshold: 2 }, unusual: ['stain'] },
      0.9,
    );
    expect(all).toEqual({
      decision: 'review',
      reasons: ['low_confidence', 'set_not_single', 'out_of_distribution', 'poor_quality'],
    });
  });
});

describe('quality limits', () => {
  it('share the false alarms between the measures and their two sides', () => {
    const limits = qualityLimits({ focus: [0, 100], stain: [0, 1] }, [0, 1], 0.2);
    expect(limits).toEqual({ focus: { lower: 5, upper: 95 }, stain: { lower: 0.05, upper: 0.95 } });
    const measures = Array.from({ length: 12 }, () => 0.5);
    expect(unusualMeasures(limits, measures)).toEqual(['focus']);
    expect(unusualMeasures(limits, measures.with(0, 50).with(7, 0.99))).toEqual(['stain']);
  });
});
