const DAY_MS = 86_400_000;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const withYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const complete = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The day that a time falls on here, as a text that is the same for times of one day. */
export function dayOf(time: string): string {
  return new Date(time).toDateString();
}

/** 14:05 */
export function formatTime(time: string): string {
  return timeOfDay.format(new Date(time));
}

/** The whole of a time, for those who point at a short form. */
export function formatComplete(time: string): string {
  return complete.format(new Date(time));
}

/** Today, Yesterday, Monday, 3 March 2024: the heading of a day. */
export function formatDay(time: string, now = Date.now()): string {
  const days = daysBetween(time, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const isThisYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? longDate : withYear).format(new Date(time));
}

/** 14:05 today, then the day of the week, then the date: the time of a conversation in a list. */
export function formatActivity(time: string, now = Date.now()): string {
  const days = daysBetween(time, now);
  if (days === 0) return formatTime(time);
  if (days === 1) return 'Yesterday';
  return (days < 7 ? weekday : shortDate).format(new Date(time));
}

function daysBetween(time: string, now: number): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(new Date(now)) - midnight(new Date(time))) / DAY_MS);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Up to two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? name];
  return chosen.map((word = '') => [...graphemes.segment(word)][0]?.segment.toUpperCase() ?? '').join('');
}

/** One of so many colours, always the same for a name. */
export function hueOf(name: string, colours = 8): number {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % colours;
}

/** 1 person, 2 people. */
export function count(number: number, one: string, several: string): string {
  return `${number.toLocaleString()} ${number === 1 ? one : several}`;
}

/** Ada, Ben and Cem. */
export function list(names: readonly string[]): string {
  return new Intl.ListFormat('en', { style: 'long', type: 'conjunction' }).format(names);
}

/** Milliseconds as they are told: 0.8 ms, 12 ms. */
export function formatMilliseconds(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}
