/** Rows that a log query might find: by the names of the columns that it asks for. */
import { stampOf, MINUTE, type Window } from './time';
import { STEPS, type World } from './world';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Story = readonly (Readonly<Record<string, string>> & { readonly at: string })[];

/** What the run of a migration logs at which part of the range, oldest first: the one that the metrics tell of. */
function storyOf({ from, to }: World['sides']): Story {
  return [
    { at: '0.1', event: 'MigrationStarted', phase: 'preflight', share: '0', step: '0', message: `started: ${from} to ${to} in steps of ${STEPS.join(', ')} and 100 %` },
    ...STEPS.flatMap((share, step) => {
      const of = { share: String(share), step: String(step) };
      const begins = 0.1 + 0.225 * step;
      return [
        { at: String(begins + 0.002), event: 'StepStarted', phase: 'shift', ...of, message: `shifting ${to} from ${STEPS[step - 1] ?? 0} % to ${share} %` },
        // It is in its last step.
        ...step < STEPS.length - 1 ? [{ at: String(begins + 0.223), event: 'StepPassed', phase: 'judge', ...of, message: `${to} passed ${share} %: ${4200 + 31 * step} requests were judged, ${3 + step} of them errors` }] : [],
      ];
    }),
  ];
}

const OTHERS: Readonly<Record<string, (index: number) => string>> = {
  reason: () => 'no worse than 0.1 % more errors',
  run: () => 'run-20261123',
  outcome: (index) => index % 5 === 3 ? 'failed' : 'completed',
  verdict: () => 'fine',
  endpoint: () => 'embeddings',
  migration: () => 'to-inferentia2',
  training: () => 'nightly',
  level: () => 'INFO',
  count: (index) => String(3 + index),
};

/** The columns of the last command that names any (CloudWatch Logs Insights query syntax). */
function columnsOf(query: string): string[] {
  const commands = query.split(/\||\n/).map((command) => command.trim());
  const naming = (word: string) => commands.filter((command) => command.startsWith(`${word} `)).map((command) => command.slice(word.length + 1));
  const listed = naming('display').at(-1) ?? naming('stats').at(-1)?.replace(/\bby\b/i, ',') ?? naming('fields').join(',');
  // A comma inside of brackets divides nothing.
  const columns = listed.split(/,(?![^(]*\))/).map((column) => (/\bas\s+(\S+)\s*$/i.exec(column)?.[1] ?? column).trim().replace(/`/g, '')).filter((column) => column !== '');
  return columns.length > 0 ? columns : ['@timestamp', '@message'];
}

export function tableOf(query: string, { start, end }: Window, most: number, sides: World['sides']): Table {
  const columns = columnsOf(query);
  const limit = Math.min(Number(/\blimit\s+(\d+)/i.exec(query)?.[1] ?? 1000), most);
  const rows = storyOf(sides).map((story, index) => {
    const time = Math.floor((start + (end - start) * Number(story.at)) / MINUTE) * MINUTE;
    return columns.map((column) => {
      const name = column.replace(/^.*\./, '');
      if (column === '@timestamp' || /time/i.test(name)) return `${stampOf(time)}.000`;
      if (column === '@message') return JSON.stringify({ ...story, at: undefined });
      const keys = Object.keys(story).filter((each) => each !== 'at');
      const key = keys.find((each) => each === name.toLowerCase()) ?? keys.find((each) => name.toLowerCase().includes(each));
      return key === undefined ? Object.entries(OTHERS).find(([other]) => name.toLowerCase().includes(other))?.[1](index) ?? '' : story[key];
    });
  });
  return { columns, rows: rows.reverse().slice(0, limit) };
}
