/** Short forms of a schedule. */
const shortForms: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
};

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The fields of a schedule in their order, with their bounds. */
const fields = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: monthNames },
  { least: 0, most: 6, names: dayNames },
] as const satisfies readonly Field[];

interface Field {
  readonly least: number;
  readonly most: number;
  /** What may stand for the numbers from `least` on. */
  readonly names: readonly string[];
}

const secondsPerDay = 86_400;
/** Years that are looked at: with every day of the week on every date, and a 29 February on each day of the week. */
const years = 28;

/**
 * The longest time between two runs of a cron schedule (five fields or a short form, as Kubernetes' CronJob takes them), in seconds;
 * undefined for a text that is none, and for one that never runs (30 February).
 */
export const longestGapSeconds = (schedule: string): number | undefined => {
  if (!gaps.has(schedule)) {
    if (gaps.size >= longestMemory) gaps.clear();
    gaps.set(schedule, findLongestGap(schedule));
  }
  return gaps.get(schedule);
};

/** What was found before: each reconcile asks twice, and looking at 28 years takes a millisecond. */
const gaps = new Map<string, number | undefined>();
const longestMemory = 1_000;

const findLongestGap = (schedule: string): number | undefined => {
  const texts = (shortForms[schedule] ?? schedule).trim().split(/\s+/);
  const sets = fields.map((field, index) => readField(texts[index] ?? '', field));
  const [minutes, hours, dates, months, days] = sets;
  if (texts.length !== fields.length || !minutes || !hours || !dates || !months || !days) return undefined;
  const times = [...hours]
    .flatMap((hour) => [...minutes].map((minute) => hour * 3600 + minute * 60))
    .toSorted(ascending);
  // Cron's own rule: where both are restricted, either is enough.
  const isEither = !isOpen(texts[2]) && !isOpen(texts[4]);
  const isDay = (date: number, day: number) =>
    isEither ? dates.has(date) || days.has(day) : dates.has(date) && days.has(day);
  return longestGap(listDays(months, isDay), times);
};

const ascending = (one: number, other: number): number => one - other;

const isOpen = (text = ''): boolean => text.split(',').some((part) => /^[*?](\/1)?$/.test(part));

/** The days since 1 January 2024, a Monday, that a schedule runs on. */
function listDays(months: ReadonlySet<number>, isDay: (date: number, day: number) => boolean): number[] {
  const found: number[] = [];
  let count = 0;
  for (let year = 2024; year < 2024 + years; year += 1) {
    const lengths = [31, year % 4 === 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (const [index, length] of lengths.entries()) {
      for (let date = 1; date <= length; date += 1) {
        if (months.has(index + 1) && isDay(date, (count + 1) % 7)) found.push(count);
        count += 1;
      }
    }
  }
  return found;
}

/** `times`: seconds of the day. */
function longestGap(days: readonly number[], times: readonly number[]): number | undefined {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  if (days.length < 2 || times.length === 0) return undefined;
  const within = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const between = days.slice(1).map((day, index) => (day - (days[index] ?? 0)) * secondsPerDay + first - last);
  return [...within, ...between].reduce((most, each) => Math.max(most, each), 0);
}

/** The numbers that a field stands for; undefined when it can't be read. */
function readField(text: string, field: Field): ReadonlySet<number> | undefined {
  const parts = text.split(',').map((part) => readPart(part.toLowerCase(), field));
  const numbers = parts.flatMap((part) => part ?? []);
  return parts.includes(undefined) || numbers.length === 0 ? undefined : new Set(numbers);
}

function readPart(text: string, field: Field): readonly number[] | undefined {
  const [, range = '', step] = text.match(/^([^/]+)(?:\/([1-9][0-9]?))?$/) ?? [];
  const [from, to = step === undefined ? from : String(field.most)] = /^[*?]$/.test(range)
    ? [String(field.least), String(field.most)]
    : range.split('-');
  const [first, last] = [readNumber(from ?? '', field), readNumber(to ?? '', field)];
  if (first === undefined || last === undefined || last < first) return undefined;
  const width = Number(step ?? 1);
  return Array.from({ length: Math.floor((last - first) / width) + 1 }, (_, index) => first + index * width);
}

function readNumber(text: string, { least, most, names }: Field): number | undefined {
  const named = names.indexOf(text);
  const number = named >= 0 ? named + least : /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
