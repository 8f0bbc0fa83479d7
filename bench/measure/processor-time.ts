import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

/**
 * Seconds of processor time that a process and its children have taken, from /proc; undefined
 * where there is none (not Linux).
 */
export async function processorSeconds(pid: number): Promise<number | undefined> {
  const own = await statOf(pid);
  if (own === undefined) return undefined;
  let ticks = own.ticks + own.ticksOfDeadChildren;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await statOf(Number(entry));
    if (stat?.parent === pid) ticks += stat.ticks;
  }
  return ticks / TICKS;
}

async function statOf(pid: number) {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // After the name, which is in parentheses and may hold blanks (proc_pid_stat(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    parent: field(4),
    ticks: field(14) + field(15),
    ticksOfDeadChildren: field(16) + field(17),
  };
}
