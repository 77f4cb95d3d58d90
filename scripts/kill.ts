/**
 * Kills the built service (SIGKILL) at random moments while a slide is sent to it, and checks after each start that
 * nothing is lost that was answered, and that each crop counts once:
 *
 *     npm run test:kill -- [--moments 100]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../test/support/fixtures.js';
import { killAtMoments } from '../test/support/kill.js';
import { killableService } from '../test/support/killable.js';

const { values } = parseArgs({ options: { moments: { type: 'string', default: '100' } } });
const service = await killableService([join(root, 'dist', 'main.js')]);
try {
  const figures = await killAtMoments(service, Number(values.moments), Math.random, ({ moments, answered }) =>
    console.error(`${moments} moments, ${answered} crops answered, none lost`),
  );
  console.log(JSON.stringify(figures));
} finally {
  service.dispose();
}
