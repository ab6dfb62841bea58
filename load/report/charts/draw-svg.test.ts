import { expect, test } from '@jest/globals';
import { drawSvg } from './draw-svg.ts';

test('a chart is the same text, whatever was drawn before it', async () => {
  const draw = () =>
    drawSvg(
      {
        data: { values: [1, 2, 3].map((x) => ({ x, y: x * x })) },
        mark: { type: 'area', clip: true },
        encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
      },
      {},
    );
  const first = await draw();
  expect(first).toContain('url(#clip1)');
  expect(await draw()).toBe(first);
});
