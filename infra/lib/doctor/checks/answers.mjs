import { join } from 'node:path';
import process from 'node:process';
import { bad, good, unknown } from '../finding.mjs';
import { INFRA } from '../machine.mjs';

const RENDERER = join(INFRA, 'render/render.mjs');
const DIFFERS = 3;

async function rendered(machine) {
  machine.answer('DOMAIN');
  const { code, stdout, stderr } = await machine.run(process.execPath, [
    RENDERER,
    '--check',
    '--answers',
    machine.answersFile,
  ]);
  if (code === 0) return good('every file is what the answers make it');
  if (code === DIFFERS) return bad(stdout.trim().split('\n').join('; '));
  return unknown(stderr.trim());
}

/** @type {readonly import('../examine.mjs').Check[]} */
export const answersChecks = [
  {
    id: '0-answers',
    title: 'the answers are complete and valid',
    mend: 'sudo nano /etc/azaan/azaan.env; infra/azaan.env.example explains each line',
    look: ({ answersError: error, answersFile }) => {
      if (error === undefined) return good(answersFile);
      if (error.code === 'EACCES') return unknown(`${answersFile} is root's`, 'sudo infra/doctor');
      return bad(error.message.split('\n').join('; '));
    },
  },
  {
    id: '0-rendered',
    title: 'the configuration files are the rendered ones',
    mend: 'sudo infra/render/render.mjs --check; sudo infra/init.sh',
    root: true,
    look: rendered,
  },
];
