import { registerHooks } from 'node:module';

/** Packages are compiled already; the sources name one another as they will be once compiled. */
const isSource = (specifier, importer) => specifier.startsWith('.') && !importer?.includes('/node_modules/');

// For programs that Node runs from their TypeScript source.
registerHooks({
  resolve: (specifier, context, nextResolve) =>
    nextResolve(isSource(specifier, context.parentURL) ? specifier.replace(/\.js$/, '.ts') : specifier, context),
});
