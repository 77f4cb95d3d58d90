import { expect, it } from 'vitest';
import { killAtMoments } from '../support/kill.js';
import { killableService } from '../support/killable.js';

// `npm run test:kill` does the same at 100 moments.
it('what was answered is there after kill -9, and counted once', { timeout: 180_000 }, async () => {
  const service = await killableService();
  try {
    const moments = [0.2, 0.5, 0.95];
    const figures = await killAtMoments(service, moments.length, () => moments.shift() ?? 0);
    expect(figures.moments).toBe(3);
    expect(figures.answered).toBeGreaterThan(0);
  } finally {
    service.dispose();
  }
});
