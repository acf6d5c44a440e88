import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PUBLIC = fileURLToPath(new URL('../../public/', import.meta.url));
const LANGUAGES = ['en', 'ur', 'hi', 'ar'];

/** Parts that code adds to a key it holds. */
const SUFFIXES = ['', '.hint', '.title', '.help', '.yes'];

function textsOf(language: string): Record<string, string> {
  return JSON.parse(readFileSync(`${PUBLIC}i18n/${language}.json`, 'utf8')) as Record<string, string>;
}

const english = textsOf('en');
const areas = new Set(Object.keys(english).map((key) => key.split('.')[0]));

/** Keys named in the HTML, and string literals of the scripts that begin like a key. */
function keysInSources(): Set<string> {
  const keys = new Set<string>();
  for (const file of globSync('*.html', { cwd: PUBLIC })) {
    const html = readFileSync(PUBLIC + file, 'utf8');
    for (const [, key] of html.matchAll(/data-i18n(?:-\w+)?="([^"]*)"/g)) keys.add(key!);
  }
  for (const file of globSync('pages/**/*.js', { cwd: PUBLIC })) {
    const script = readFileSync(PUBLIC + file, 'utf8');
    for (const [, key] of script.matchAll(/'([a-z]+\.[\w.-]+)'/gi)) {
      if (areas.has(key!.split('.')[0])) keys.add(key!);
    }
  }
  return keys;
}

describe('translations', () => {
  it('exist for every language that the pages offer', () => {
    const offered = [...readFileSync(`${PUBLIC}pages/i18n.js`, 'utf8').matchAll(/code: '(\w+)'/g)].map(
      ([, code]) => code,
    );
    expect(offered).toEqual(LANGUAGES);
    expect(globSync('*.json', { cwd: `${PUBLIC}i18n` }).sort()).toEqual(LANGUAGES.map((code) => `${code}.json`).sort());
  });

  it.each(LANGUAGES)('have the same keys and places in %s, and none is empty', (language) => {
    const texts = textsOf(language);
    expect(Object.keys(texts)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(texts)) {
      expect(text.trim(), key).not.toBe('');
      expect(text.match(/\{\w+\}/g), key).toEqual(english[key]!.match(/\{\w+\}/g));
    }
  });

  it.each(LANGUAGES.slice(1))('leave nothing in English in %s', (language) => {
    const texts = textsOf(language);
    expect(Object.keys(english).filter((key) => texts[key] === english[key])).toEqual([]);
  });

  it('have every key that the pages use', () => {
    const missing = [...keysInSources()].filter((key) => !SUFFIXES.some((suffix) => `${key}${suffix}` in english));
    expect(missing).toEqual([]);
  });

  it('have no key that the pages do not use', () => {
    const used = keysInSources();
    const isUsed = (key: string): boolean =>
      SUFFIXES.some((suffix) => key.endsWith(suffix) && used.has(key.slice(0, key.length - suffix.length)));
    expect(Object.keys(english).filter((key) => !isUsed(key))).toEqual([]);
  });
});
