import { drawNormal, type Random } from './random.ts';

/** Shortest and longest content, in characters. */
export const lengthBounds = { shortest: 2, longest: 1000 } as const;

/**
 * Median and spread of a log-normal length: most messages are a few words, some a paragraph. The mean is median × exp(spread² / 2) = 60
 * characters.
 */
const medianLength = 36.4;
const lengthSpread = 1;

const words =
  'the and you that for are with this have not but what all were when your can said there use each which she how their will other about out many then them these some her would make like him into time has look two more write see number way could people than first water been call who oil now find long down day did get come made may part tomorrow meeting release deploy thanks okay lunch question answer server weekend'.split(
    ' ',
  );

/** Length of a message in characters. */
export function drawLength(random: Random): number {
  const length = Math.round(medianLength * Math.exp(lengthSpread * drawNormal(random)));
  return Math.min(Math.max(length, lengthBounds.shortest), lengthBounds.longest);
}

/** A message as people write them: words, cut at its length. */
export function drawContent(random: Random): string {
  const length = drawLength(random);
  let content = words[Math.floor(random() * words.length)] ?? '';
  while (content.length < length) content += ` ${words[Math.floor(random() * words.length)]}`;
  return content.slice(0, length).trimEnd();
}
