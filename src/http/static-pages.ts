import { fileURLToPath } from 'node:url';
import type { ServeStaticModuleOptions } from '@nestjs/serve-static';

/** `public/` of the package, from `src/http` and `dist/http` alike. */
const PUBLIC_DIRECTORY = fileURLToPath(new URL('../../public', import.meta.url));

/** The pages: `/` is `index.html`, `/broadcaster` is `broadcaster.html`. */
export const staticPages: ServeStaticModuleOptions = {
  rootPath: PUBLIC_DIRECTORY,
  serveStaticOptions: { extensions: ['html'], redirect: false },
  // The module answers every unknown address with index.html, which is for single-page applications: none does here.
  exclude: ['{/*splat}'],
};
