import { allSheets, fileNameOf } from '@chatstack/dashboards/grafana/all-sheets.ts';
import { buildDashboard } from '@chatstack/dashboards/grafana/build-dashboard.ts';
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from '@jest/globals';
import { readMatchers, readRangedSelectors } from './read-selectors.ts';

/**
 * The rules of grafana/dashboard-linter, and what Grafana's migrations want beside: ids of panels, letters of queries. What the linter
 * would refuse and is meant has its reason here.
 */
const dashboards = allSheets.map((sheet) => [sheet.title, buildDashboard(sheet)] as const);

/** Windows of `increase` that are not those of the chart: an objective's, and the last hour. */
const FIXED_WINDOWS = ['5m', '1h', '6h'];

type Query = { readonly expr: string; readonly refId: string };
type DataPanel = Omit<Panel, 'targets'> & { readonly targets: readonly Query[] };

const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== 'row';
const panels = dashboards.flatMap(([title, dashboard]) =>
  (dashboard.panels ?? [])
    .filter(isPanel)
    .map((panel) => [`${title}: ${panel.title}`, panel as unknown as DataPanel] as const),
);

describe.each(dashboards)('the dashboard %s', (_, dashboard) => {
  const variables = new Map((dashboard.templating?.list ?? []).map((variable) => [variable.name, variable]));

  test('can not be edited in place, and can be found by its tag', () => {
    expect(dashboard).toMatchObject({ editable: false, tags: ['chatstack'] });
  });

  test('has a data source to choose, by the name that importers expect', () => {
    expect(variables.get('datasource')).toMatchObject({
      type: 'datasource',
      query: 'prometheus',
      label: 'Data source',
    });
  });

  test.each([
    ['job', 'Job'],
    ['instance', 'Instance'],
  ])('has a variable %s of which many values, and all, may be chosen', (name, label) => {
    expect(variables.get(name)).toMatchObject({ type: 'query', label, multi: true, includeAll: true, allValue: '.+' });
  });

  test.each(['namespace', 'stack'])('has a variable %s of which one value is chosen', (name) => {
    expect(variables.get(name)).toMatchObject({ type: 'query', multi: false, includeAll: false });
  });

  test('asks for the values of its variables anew when the time changes, from the chosen data source', () => {
    for (const variable of variables.values()) {
      if (variable.type !== 'query') continue;
      expect(variable).toMatchObject({ refresh: 2, datasource: { uid: expect.stringMatching(/^\$\{datasource\}$/) } });
    }
  });

  test('gives every panel and every row an id of its own, in the order in which they are read', () => {
    const all = dashboard.panels ?? [];
    expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => index + 1));
    const places = all.map(({ gridPos }) => gridPos ?? { x: -1, y: -1, w: 0, h: 0 });
    expect(places).toEqual(places.toSorted((a, b) => a.y - b.y || a.x - b.x));
  });

  test('lays no panel onto another one or beyond the edge', () => {
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels ?? []) {
      const { x, y, w, h } = gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken).not.toContain(`${column}/${line}`);
          taken.add(`${column}/${line}`);
        }
      }
    }
  });

  test('is small enough for a ConfigMap', () => {
    expect(JSON.stringify(dashboard, undefined, 2).length).toBeLessThan(1024 * 1024);
  });
});

describe.each(panels)('the panel %s', (_, panel) => {
  test('has a title, a description that is a sentence, a unit and the chosen data source', () => {
    expect(panel).toMatchObject({
      title: expect.stringMatching(/^[A-Zp]/),
      description: expect.stringMatching(/^.{20,}\.$/s),
      datasource: { type: 'prometheus', uid: expect.stringMatching(/^\$\{datasource\}$/) },
      fieldConfig: { defaults: { unit: expect.stringMatching(/./) } },
    });
  });

  test('has queries, each with a letter of its own', () => {
    expect(panel.targets.length).toBeGreaterThan(0);
    expect(panel.targets.map(({ refId }) => refId)).toEqual(
      panel.targets.map((_, index) => String.fromCharCode(65 + index)),
    );
  });

  test('asks for the chosen jobs and instances alone, and but for the operator itself for the chosen stack', () => {
    for (const { expr } of panel.targets) {
      const selectors = readMatchers(expr);
      expect(selectors.length).toBeGreaterThan(0);
      for (const { metric, matchers } of selectors) {
        expect({ metric, matchers }).toEqual({
          metric,
          matchers: expect.arrayContaining(['job=~"$job"', 'instance=~"$instance"']),
        });
        const isOfOperator = /^(controller_runtime|workqueue|rest_client|leader_election)_/.test(metric);
        if (isOfOperator || matchers.includes('component="operator"')) continue;
        expect({ metric, matchers }).toEqual({
          metric,
          matchers: expect.arrayContaining(['namespace="$namespace"', 'stack="$stack"']),
        });
      }
    }
  });

  test('reads counters by how fast they grow, over the interval that Grafana chooses or a named one', () => {
    for (const { expr } of panel.targets) {
      const ranged = readRangedSelectors(expr);
      for (const { metric, call, window } of ranged) {
        const windows = call === 'increase' ? ['$__range', ...FIXED_WINDOWS] : ['$__rate_interval'];
        expect({ metric, call, window }).toEqual({ metric, call: expect.stringMatching(/^(rate|increase)$/), window });
        expect(windows).toContain(window);
      }
      const counters = readMatchers(expr).filter(({ metric }) => /_(total|count|sum|bucket)$/.test(metric));
      expect(ranged.map(({ metric }) => metric).sort()).toEqual(
        expect.arrayContaining(counters.map(({ metric }) => metric).filter((metric) => !isGauge(metric))),
      );
    }
  });
});

/** Gauges whose names end like those of counters. */
const isGauge = (metric: string): boolean => ['pg_stat_activity_count', 'pg_locks_count'].includes(metric);

test('each dashboard has an id and a file of its own', () => {
  expect(new Set(allSheets.map(({ uid }) => uid)).size).toBe(allSheets.length);
  expect(new Set(allSheets.map(fileNameOf)).size).toBe(allSheets.length);
});

test('every link to a dashboard leads to one that there is', () => {
  const uids = allSheets.map(({ uid }) => uid);
  const linked = allSheets.flatMap(({ rows }) =>
    rows.flatMap(({ charts }) => charts.flatMap(({ more }) => more ?? [])),
  );
  expect(uids).toEqual(expect.arrayContaining(linked));
});

test('the overview leads to every other dashboard', () => {
  const [overview, ...others] = allSheets;
  const linked = new Set(overview?.rows.flatMap(({ charts }) => charts.map(({ more }) => more)));
  expect(others.map(({ uid }) => uid).filter((uid) => !linked.has(uid))).toEqual([]);
});
