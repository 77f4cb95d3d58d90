import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Classifier } from '../../../src/classify/classifier.js';
import { choiceBenchPerTest } from '../../support/choice-bench.js';

const bench = choiceBenchPerTest();

describe('a start of several candidates', () => {
  /** The classifiers that were started, and whether each is closed. */
  const opened: { precision: string; closed: () => boolean }[] = [];
  const note = (classifier: Classifier) => {
    const close = vi.spyOn(classifier, 'close');
    const { precision } = classifier.session.description;
    opened.push({ precision, closed: () => close.mock.calls.length === 1 });
  };
  beforeEach(() => {
    opened.length = 0;
    bench().addInt8();
  });

  it('passes over one whose inference fails once it serves, and takes the next', async () => {
    const classifier = await bench().startAnd((started) => {
      note(started);
      const { session } = started;
      if (session.description.precision === 'float32') {
        vi.spyOn(session, 'run').mockRejectedValue(new Error('out of memory'));
      }
    });
    expect(classifier.session.description.precision).toBe('int8');
    expect(bench().told[0]).toEqual({
      message: 'passed over',
      details: { engine: 'onnxruntime', precision: 'float32', reason: 'out of memory' },
    });
    expect(bench().readCache().measured).toHaveLength(1);
    expect(opened.map(({ precision, closed }) => [precision, closed()]).sort()).toEqual([
      ['float32', true],
      ['int8', false],
    ]);
    await classifier.close();
  });

  it('is refused with the reason where the inference of all fails, and closes all', async () => {
    const closes: (() => boolean)[] = [];
    const failing = bench().startAnd(() => {}, {
      onSession(session) {
        vi.spyOn(session, 'run').mockRejectedValue(new Error('out of memory'));
        const close = vi.spyOn(session, 'close');
        closes.push(() => close.mock.calls.length === 1);
      },
    });
    await expect(failing).rejects.toThrow('model small@1.0.0 refused: out of memory');
    expect(closes.map((closed) => closed())).toEqual([true, true]);
  });

  it('keeps what runs where no other way is clearly faster, and closes the others', async () => {
    const first = await bench().startAnd(note, {
      onSession(session) {
        const run = session.run.bind(session);
        if (opened.length > 0) {
          vi.spyOn(session, 'run').mockImplementation(async (batch, share) => {
            await setTimeout(20);
            return run(batch, share);
          });
        }
      },
    });
    expect(opened.map(({ closed }) => closed())).toEqual([false, true]);
    expect(first.session.description.precision).toBe(opened[0]?.precision);
    expect(
      bench()
        .readCache()
        .measured.map(({ precision }) => precision)[0],
    ).toBe(opened[0]?.precision);
    await first.close();
  });

  it('leaves nothing open when it is aborted', async () => {
    const stop = new AbortController();
    const stopped = bench().startAnd(
      (started) => {
        note(started);
        stop.abort(new Error('the service is stopping'));
      },
      { signal: stop.signal },
    );
    await expect(stopped).rejects.toThrow('the service is stopping');
    expect(opened.map(({ closed }) => closed())).toEqual([true]);
  });

  it('goes on where the slower one does not close', async () => {
    let sessions = 0;
    const classifier = await bench().startAnd(
      (started) => {
        if (sessions > 1) vi.spyOn(started, 'close').mockRejectedValueOnce(new Error('stuck'));
      },
      {
        onSession(session) {
          sessions += 1;
          const run = session.run.bind(session);
          if (sessions === 1) return;
          vi.spyOn(session, 'run').mockImplementation(async (batch, share) => {
            await setTimeout(20);
            return run(batch, share);
          });
        },
      },
    );
    expect(bench().told[0]).toMatchObject({
      message: 'an engine did not close',
      details: { message: 'stuck' },
    });
    expect(bench().readCache().measured).toHaveLength(2);
    await classifier.close();
  });
});
