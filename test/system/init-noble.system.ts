import { tryOn } from './support/bare-system.js';

await tryOn('noble', 'Ubuntu 24.04');
