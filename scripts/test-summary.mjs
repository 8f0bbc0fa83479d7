// Prints `N passed, N failed, N skipped` from Vitest's JSON report, and fails unless tests ran and
// none failed. A file that could not be loaded counts as one failure.
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const count = { passed: 0, failed: 0, skipped: 0 };

try {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  for (const { status, assertionResults } of report.testResults) {
    const failedBefore = count.failed;
    for (const test of assertionResults) {
      if (test.status === 'passed') count.passed += 1;
      else if (test.status === 'failed') count.failed += 1;
      else count.skipped += 1;
    }
    if (status === 'failed' && count.failed === failedBefore) count.failed += 1;
  }
} catch (error) {
  process.stderr.write(`No report of the test run: ${error.message}\n`);
}

process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
