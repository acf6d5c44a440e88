import { answersChecks } from './checks/answers.mjs';
import { machineChecks } from './checks/machine.mjs';
import { packageChecks } from './checks/packages.mjs';
import { networkChecks } from './checks/network.mjs';
import { runtimeChecks } from './checks/runtime.mjs';
import { proxyChecks } from './checks/proxy.mjs';
import { tlsChecks } from './checks/tls.mjs';
import { certificateChecks } from './checks/certificates.mjs';
import { turnChecks } from './checks/turn.mjs';
import { retentionChecks } from './checks/retention.mjs';
import { secretsChecks } from './checks/secrets.mjs';
import { securityChecks } from './checks/security.mjs';
import { readinessChecks } from './checks/readiness.mjs';

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
  ['3.3', 'Maintenance'],
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

/** @type {readonly import('./examine.mjs').Check[]} in the order of the plan */
export const CHECKS = [
  ...answersChecks,
  ...machineChecks,
  ...packageChecks,
  ...networkChecks,
  ...runtimeChecks,
  ...proxyChecks,
  ...tlsChecks,
  ...certificateChecks,
  ...turnChecks,
  ...retentionChecks,
  ...secretsChecks,
  ...securityChecks,
  ...readinessChecks,
];
