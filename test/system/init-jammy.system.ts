import { tryOn } from './support/bare-system.js';

await tryOn('jammy', 'Ubuntu 22.04');
