import { readFileSync } from 'node:fs';

const pageOf = (name: string) => readFileSync(new URL(`../../../docs/operations/${name}.md`, import.meta.url), 'utf8');
const blocksOf = (text: string) => [...text.matchAll(/^ *```\n([\s\S]*?)^ *```$/gm)].map(([, block]) => block!);

/** A command of the way to go live, and where it is typed: on one's own computer, or on the server. */
export interface GuideCommand {
  readonly where: 'you' | 'vm';
  readonly line: string;
}

/** @returns the commands in the code blocks of a step, block by block, without the remarks behind them */
export function commandsOfStep(step: number): readonly (readonly GuideCommand[])[] {
  return blocksOf(sectionOf(step)).map((block) =>
    [...block.matchAll(/^ *(you|vm)\$ (.*?)(?: +#.*)?$/gm)].map(([, where, line]) => ({
      where: where as GuideCommand['where'],
      line: line!,
    })),
  );
}

/** @returns what a step says that one sees after its commands, line by line, without what is left out (…) */
export function outputOfStep(step: number): readonly string[] {
  const lines = blocksOf(sectionOf(step)).flatMap((block) => block.trimEnd().split('\n'));
  return lines.filter((line) => line.trim() !== '' && line !== '…' && !/^ *(?:you|vm)\$ /.test(line));
}

/** @returns the commands of a page that has nothing but commands in its code blocks; `\` goes on in the next line */
export function commandsOfPage(name: string): readonly string[] {
  return blocksOf(pageOf(name)).flatMap((block) => block.trimEnd().replaceAll('\\\n', '').split('\n'));
}

function sectionOf(step: number): string {
  const section = pageOf('go-live')
    .split(/^## /m)
    .find((text) => text.startsWith(`${step} `));
  if (section === undefined) throw new Error(`the guide has no step ${step}`);
  return section;
}
