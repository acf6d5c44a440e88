import { describe, expect, it } from 'vitest';
import { LiveLine, clockTime, progressBar, type LineOutput } from './live-line.js';

function output(terminal?: { readonly columns: number }) {
  const written: string[] = [];
  const write = ((text: string) => written.push(text) > 0) as LineOutput['write'];
  return { written, output: terminal === undefined ? { write } : { write, isTTY: true, columns: terminal.columns } };
}

describe('LiveLine on a terminal', () => {
  it('writes over the line before, cut to the width', () => {
    const terminal = output({ columns: 6 });
    const line = new LiveLine(terminal.output);
    line.update('one');
    line.update('seven and more');
    expect(terminal.written).toEqual(['\x1b[?25l\rone\x1b[K', '\rseven\x1b[K']);
  });

  it('keeps a lasting line above, and gives the terminal back once', () => {
    const terminal = output({ columns: 80 });
    const line = new LiveLine(terminal.output);
    line.update('live');
    line.log('lasting');
    line.end();
    line.end();
    expect(terminal.written.slice(1)).toEqual(['\rlasting\x1b[K\n', '\x1b[?25h\n']);
  });
});

describe('LiveLine elsewhere', () => {
  it('writes a plain line now and then, without control characters', () => {
    let nowMs = 0;
    const pipe = output();
    const line = new LiveLine(pipe.output, () => nowMs);
    for (; nowMs <= 20_000; nowMs += 250) line.update(`at ${nowMs}`);
    line.log('lasting');
    line.end();
    expect(pipe.written).toEqual(['at 0\n', 'at 10000\n', 'at 20000\n', 'lasting\n']);
  });
});

describe('progressBar and clockTime', () => {
  it('fills with the share, and never beyond the bar', () => {
    expect([0, 0.5, 1, 2, -1].map((share) => progressBar(share, 4))).toEqual(['────', '━━──', '━━━━', '━━━━', '────']);
  });

  it('writes minutes and seconds', () => {
    expect([0, 65_999, 3_600_000].map(clockTime)).toEqual(['0:00', '1:05', '60:00']);
  });
});
