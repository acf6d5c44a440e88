import { registerHooks } from 'node:module';

// For programs that Node runs from their TypeScript source: imports name the files as they will be once compiled.
registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(specifier.startsWith('.') ? specifier.replace(/\.js$/, '.ts') : specifier, context),
});
