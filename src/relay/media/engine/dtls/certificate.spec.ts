import { describe, expect, it } from 'vitest';
import { openHandles } from '../native/handle.js';
import { CertificateStock } from './certificate-stock.js';
import { Certificate } from './certificate.js';

describe('a stock of certificates', () => {
  it('is filled one by one while there is time, and never twice the same', () => {
    const before = openHandles();
    const stock = new CertificateStock(2);
    expect([stock.refillOne(), stock.refillOne(), stock.refillOne()]).toEqual([true, false, false]);
    expect(openHandles()).toBe(before + 4);
    const taken = Array.from({ length: 3 }, () => stock.take());
    const fingerprints = taken.map(({ fingerprint }) => fingerprint);
    expect(new Set(fingerprints).size).toBe(3);
    for (const fingerprint of fingerprints) expect(fingerprint).toMatch(/^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    stock.refillOne();
    stock.close();
    expect(stock.refillOne()).toBe(false);
    for (const certificate of taken) certificate.free();
    expect(openHandles()).toBe(before);
  });
});

describe('a certificate', () => {
  it('is freed once', () => {
    const before = openHandles();
    const certificate = Certificate.create();
    certificate.free();
    certificate.free();
    expect(openHandles()).toBe(before);
    expect(() => certificate.keyPointer).toThrow(/after it was freed/);
  });
});
