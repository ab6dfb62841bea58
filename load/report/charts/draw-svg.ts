import { parse, View } from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';

/** A chart as SVG text: the same for the same chart, on every machine. */
export const drawSvg = async (spec: TopLevelSpec, config: Config): Promise<string> =>
  numberClips(await new View(parse(compile(spec, { config }).spec), { renderer: 'none' }).toSVG());

/** Numbers clip paths anew, in the order in which they are named: Vega counts them over all charts that a process draws. */
function numberClips(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replaceAll(/(?<=id="clip|url\(#clip)\d+/g, (found) => {
    const number = numbers.get(found) ?? numbers.size + 1;
    numbers.set(found, number);
    return String(number);
  });
}
