import { readdir, readFile, readlink } from 'node:fs/promises';

/** Reads of a process that ends meanwhile find nothing. */
async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** State and parent from /proc/PID/stat; the command before them may hold spaces and brackets. */
async function readStat(pid: number): Promise<{ readonly state: string; readonly parent: number } | undefined> {
  const stat = await readOrEmpty(`/proc/${pid}/stat`);
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || parent === undefined ? undefined : { state, parent: Number(parent) };
}

/** Process ids of the direct children. */
export async function childrenOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(readStat));
  return pids.filter((_, index) => stats[index]?.parent === pid);
}

/** False for a zombie too: it holds nothing any more. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}

/** Resident memory of a process, in kB. */
export async function residentKb(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readOrEmpty(`/proc/${pid}/status`))?.[1]);
}

/** The child of `parentPid` that listens on a UDP port. */
export async function childOnUdpPort(parentPid: number, port: number): Promise<number> {
  for (const pid of await childrenOf(parentPid)) {
    if ((await udpPortsOf(pid)).has(port)) return pid;
  }
  throw new Error(`no child of process ${parentPid} listens on UDP port ${port}`);
}

/** Sockets of the process among the bound ones of its network namespace. */
export async function udpPortsOf(pid: number): Promise<Set<number>> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const own = new Set(targets.map((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1]));
  const tables = await Promise.all(['udp', 'udp6'].map((table) => readOrEmpty(`/proc/${pid}/net/${table}`)));
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(1));
  const ports = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => own.has(columns[9]))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
  return new Set(ports);
}
