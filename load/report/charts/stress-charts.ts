import { loadOf, p95sOf } from '../../results/groups.ts';
import { type LoadPoint, proportionalTo } from '../../statistics/knee.ts';
import { medianOf } from '../../statistics/spread.ts';
import { curveOf, type StressCurve } from '../stress-curve.ts';
import { buildSpec, type Chart, type Plot } from './chart.ts';
import { CONFIGURATION_COLOURS, logAxis, PLOT, RULE_COLOUR } from './theme.ts';

const AXES = { connections: 'connections', 'requests/s': 'arrival rate (requests/s)' } as const;

function kneeLayers({ knee }: StressCurve, x: Plot): readonly Plot[] {
  if (knee === undefined) return [];
  const data = { values: [{ x: knee.x, label: `knee: ${knee.x.toLocaleString('en')}` }] };
  return [
    { data, mark: { type: 'rule', color: RULE_COLOUR, strokeDash: [5, 4], strokeWidth: 1.5 }, encoding: { x } },
    {
      data,
      mark: { type: 'text', align: 'left', baseline: 'top', dx: 5, color: '#555', fontSize: 11 },
      encoding: { x, y: { value: 4 }, text: { field: 'label' } },
    },
  ];
}

/** A line through points and a dot at each. */
const lineLayer = (values: readonly LoadPoint[], x: Plot, y: Plot, colour: string): Plot => ({
  data: { values },
  mark: { type: 'line', color: colour, strokeWidth: 2, point: { color: colour, size: 50, filled: true } },
  encoding: { x, y },
});

/** What is answered under more and more load, above what it costs to wait for it. */
function drawCurve(curve: StressCurve, title: string) {
  const { points, groups, unit } = curve;
  const colour = CONFIGURATION_COLOURS[groups[0]?.configuration ?? 'given'];
  const x = {
    field: 'x',
    type: 'quantitative',
    title: AXES[unit],
    scale: { domain: [0, points.at(-1)?.x ?? 1], nice: true },
    axis: { format: ',d' },
  };
  const y = { field: 'y', type: 'quantitative', title: 'right answers/s', scale: { zero: true } };
  const [first, last] = [points[0], points.at(-1)];
  const highest = Math.max(...points.map((point) => point.y));
  const proportional =
    first === undefined || last === undefined
      ? []
      : [0, Math.min(last.x, (1.15 * highest * first.x) / first.y)].map((at) => ({
          x: at,
          y: proportionalTo(first, at),
        }));
  const waits = groups
    .map((group) => ({ x: loadOf(group), y: medianOf(p95sOf(group)) }))
    .filter((point) => point.y > 0);
  return buildSpec(title, 'dashed: in proportion to the least load', {
    vconcat: [
      {
        ...PLOT,
        layer: [
          {
            data: { values: proportional },
            mark: { type: 'line', color: RULE_COLOUR, strokeDash: [2, 3], strokeWidth: 1.5 },
            encoding: { x, y },
          },
          lineLayer(points, x, y, colour),
          ...kneeLayers(curve, x),
        ],
      },
      {
        ...PLOT,
        height: 150,
        layer: [
          lineLayer(
            waits,
            x,
            {
              field: 'y',
              ...logAxis(
                'p95 (ms)',
                waits.map(({ y }) => y),
              ),
            },
            colour,
          ),
          ...kneeLayers(curve, x),
        ],
      },
    ],
  });
}

/** The curve over connections, with its knee. */
export const stressChart: Chart = {
  name: 'stress',
  title: 'More and more connections',
  caption: 'Above, how much is answered; below, how long 95 % of the answers take at most.',
  draw({ groups }) {
    const curve = curveOf(groups, 'stress');
    return curve && drawCurve(curve, this.title);
  },
};

/** The curve over arrival rates, with its knee. */
export const peakChart: Chart = {
  name: 'peak',
  title: 'Higher and higher arrival rates',
  caption: 'Above, how much is answered; below, how long 95 % of the answers take at most.',
  draw({ groups }) {
    const curve = curveOf(groups, 'peak');
    return curve && drawCurve(curve, this.title);
  },
};
