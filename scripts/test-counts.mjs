// Prints `N passed, N failed` over vitest's JSON report and pytest's JUnit report:
//
//     node scripts/test-counts.mjs coverage/vitest.json coverage/pytest.xml
import { readFileSync } from 'node:fs';

const [vitestFile, pytestFile] = process.argv.slice(2);
const vitest = JSON.parse(readFileSync(vitestFile, 'utf8'));
const [suite] = readFileSync(pytestFile, 'utf8').match(/<testsuite [^>]*>/);
const count = (name) => Number(suite.match(new RegExp(`\\b${name}="(\\d+)"`))[1]);
const pytestFailed = count('failures') + count('errors');
const pytestPassed = count('tests') - pytestFailed - count('skipped');
const skipped = vitest.numPendingTests + count('skipped');
console.log(
  `${vitest.numPassedTests + pytestPassed} passed, ${vitest.numFailedTests + pytestFailed} failed` +
    (skipped ? `, ${skipped} skipped` : ''),
);
