import { globSync } from 'node:fs';
import { join } from 'node:path';
import { sectionOf } from './examine.mjs';
import { INFRA } from './machine.mjs';

/** Sections of the deployment plan; 0 is what all others rest on. */
export const SECTIONS = new Map([
  ['0', 'Answers and files'],
  ['1.1', 'VM size and OS'],
  ['1.2', 'DNS and host names'],
  ['1.3', 'System packages'],
  ['2.1', "The provider's firewall"],
  ['2.2', 'The local firewall'],
  ['2.3', 'Port map'],
  ['3.1', 'Node runtime'],
  ['3.2', 'PM2'],
  ['4.1', 'Nginx'],
  ['4.2', 'HTTPS hardening'],
  ['4.3', 'Certificate operations'],
  ['5.1', 'coturn configuration'],
  ['5.2', 'TURN security'],
  ['5.3', 'TURN availability'],
  ['9.3', 'Log retention'],
  ['10', 'Secrets'],
  ['14', 'Security hardening'],
  ['15.2', 'Readiness gate'],
]);

const parts = globSync('parts/*/checks.mjs', { cwd: INFRA }).sort();
const ofParts = await Promise.all(parts.map((part) => import(join(INFRA, part))));

const places = [...SECTIONS.keys()];
const place = (check) => places.indexOf(sectionOf(check));

/** Those of every part, in the order of the plan. @type {readonly import('./examine.mjs').Check[]} */
export const CHECKS = ofParts
  .flatMap(({ CHECKS: own }) => own.map((check) => ({ mend: 'sudo infra/init.sh', ...check })))
  .sort((a, b) => place(a) - place(b));
