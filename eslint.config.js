import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const readonly = (/** @type {string} */ names) =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, 'readonly']));

const browserGlobals = readonly(
  `window document navigator location history screen console localStorage sessionStorage fetch URL URLSearchParams
   setTimeout clearTimeout setInterval clearInterval requestAnimationFrame cancelAnimationFrame queueMicrotask performance
   AbortController AbortSignal Blob Event CustomEvent EventTarget Headers Request Response TextEncoder TextDecoder
   matchMedia getComputedStyle HTMLElement HTMLAudioElement HTMLScriptElement Element Node Audio AudioContext AnalyserNode MediaStream
   MediaMetadata MediaRecorder RTCPeerConnection RTCSessionDescription RTCRtpSender RTCRtpReceiver RTCIceCandidate
   crypto structuredClone atob btoa DOMException Intl ResizeObserver IntersectionObserver customElements self`,
);

const nodeGlobals = readonly(
  `process console Buffer URL URLSearchParams fetch setTimeout clearTimeout setInterval clearInterval setImmediate
   clearImmediate queueMicrotask performance structuredClone AbortController AbortSignal TextEncoder TextDecoder`,
);

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'docs/bench/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-duplicate-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Nest modules are empty classes that a decorator describes.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Numbers and booleans read well in log lines and SDP; objects and undefined do not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => emitter.emit()` as a callback is clear without braces.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Index signatures are typed with brackets and properties with dots; either reads fine on a plain record.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment: inject AppConfig.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:process', importNames: ['env'], message: 'Only src/config reads the environment.' },
            { name: 'process', message: "Write 'node:process'." },
          ],
        },
      ],
    },
  },
  {
    files: ['src/config/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', '*.config.ts', 'src/**/*.spec.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' },
  },
  {
    // Programs that a person runs in a terminal: the console is their output.
    files: ['src/cli/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', 'src/**/*.spec.ts', 'bench/**/*.spec.ts'],
    rules: {
      // Style only: a test states what it knows to be there, and its fakes mirror asynchronous interfaces.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      // `expect(fake.method)` never calls it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['public/**/*.js'], languageOptions: { sourceType: 'module', globals: browserGlobals } },
  {
    // Configuration files and small tools, run by Node.
    files: ['*.js', '*.cjs', '**/*.mjs'],
    languageOptions: { globals: { ...nodeGlobals, ...readonly('module require __dirname') } },
    rules: { 'no-console': 'off' },
  },
  prettier,
);
