import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { assertOpenSsl, foreign } from './foreign.js';
import { Handle, openHandles } from './handle.js';
import { HmacSha1 } from './hmac-sha1.js';
import { reserve } from './memory.js';
import './sockets.js';
import './ssl.js';
import './x509.js';

describe('what the engine has of C', () => {
  it('says in words which function is missing', () => {
    expect(() => foreign('int no_such_function()')).toThrow(/does not export .*no_such_function/);
  });

  it.each(['1.1.1', '0.0.0', '4.0.0', ''])('refuses a runtime with OpenSSL %s', (version) => {
    expect(() => assertOpenSsl(version)).toThrow(/needs a Node.js with OpenSSL 3/);
  });

  it('gives out pieces of memory that do not overlap and lie on cache lines', () => {
    const [one, two] = [reserve(70), reserve(1)];
    expect(two.offset - one.offset).toBe(128);
    expect(one.address % 64n).toBe(0n);
  });

  it('frees a handle once, and refuses to lend it afterwards', () => {
    const freed: (bigint | null)[] = [];
    const before = openHandles();
    const handle = new Handle(7n, (address) => freed.push(address));
    expect(openHandles()).toBe(before + 1);
    handle.free();
    handle.free();
    expect(freed).toEqual([7n]);
    expect(openHandles()).toBe(before);
    expect(() => handle.pointer).toThrow(/after it was freed/);
  });

  it('signs as node:crypto does, again and again', () => {
    const key = Buffer.from('a key');
    const hmac = new HmacSha1(key);
    for (const text of ['one', 'two', '']) {
      const expected = createHmac('sha1', key).update(`${text}!`).digest();
      expect(hmac.digest(Buffer.from(text), Buffer.from('!')).equals(expected)).toBe(true);
      expect(hmac.matches(expected.subarray(0, 10), Buffer.from(`${text}!`))).toBe(true);
      for (const bytes of [0, 9, 21]) {
        const wrong = Buffer.concat([expected, Buffer.alloc(1)]).subarray(0, bytes);
        expect(hmac.matches(wrong, Buffer.from(`${text}!`))).toBe(false);
      }
    }
    hmac.free();
  });
});
