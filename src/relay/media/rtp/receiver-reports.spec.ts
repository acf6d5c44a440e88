import { describe, expect, it } from 'vitest';
import { reportsLoss } from './receiver-reports.js';

/** One receiver report block about SSRC 1234, with the given fraction lost. */
const block = (fractionLost: string): string => `000004d2${fractionLost}000000${'00'.repeat(16)}`;

describe('reportsLoss', () => {
  it.each([
    ['a report without blocks', '80c90001fa17fa17', false],
    ['a clean block', `81c90007fa17fa17${block('00')}`, false],
    ['a block that lost packets', `81c90007fa17fa17${block('05')}`, true],
    ['a second block that lost packets', `82c9000dfa17fa17${block('00')}${block('ff')}`, true],
    ['a sender report with a lossy block', `81c8000cfa17fa17${'00'.repeat(20)}${block('01')}`, true],
    ['a block that is cut short', '81c90007fa17fa17' + '0000', false],
    ['no report at all', '81cd0001', false],
    ['nothing', '', false],
  ])('reads %s', (_name, bytes, expected) => {
    expect(reportsLoss(Buffer.from(bytes, 'hex'))).toBe(expected);
  });
});
