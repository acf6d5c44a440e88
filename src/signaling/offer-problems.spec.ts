import { describe, expect, it } from 'vitest';
import { sdpProblem, versionProblem } from './offer-problems.js';

describe('a version', () => {
  it.each(['', '1.4.2', 7, 'x'.repeat(256)])('may be %j', (value) => {
    expect(versionProblem(value)).toBeUndefined();
  });

  it.each([
    ['an object', {}, 'must be a string or a number, or left out'],
    ['a boolean', false, 'must be a string or a number, or left out'],
    ['long', 'x'.repeat(257), 'must be at most 256 characters long'],
    ['beyond all numbers', Number.POSITIVE_INFINITY, 'must be a finite number'],
  ])('may not be %s', (_, value, problem) => {
    expect(versionProblem(value)).toBe(problem);
  });
});

describe('an sdp', () => {
  it.each(['v=0', { type: 'offer', sdp: 'v=0' }, { type: 'offer', sdp: 'v=0', extra: 1 }])('may be %j', (value) => {
    expect(sdpProblem(value)).toBeUndefined();
  });

  it.each([
    [undefined, /must be an offer/],
    [null, /must be an offer/],
    [5, /must be an offer/],
    [['v=0'], /must be an offer/],
    ['', /is empty/],
    [{ type: 'offer', sdp: '' }, /is empty/],
    [{ type: 'offer' }, /must hold the SDP text/],
    [{ type: 'offer', sdp: {} }, /must hold the SDP text/],
    [{ sdp: 'v=0' }, /must have the type "offer"/],
    [{ type: 'answer', sdp: 'v=0' }, /is an answer, but must be an offer/],
  ])('may not be %j', (value, problem) => {
    expect(sdpProblem(value)).toMatch(problem);
  });
});
