import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import { short } from '../runs/words';
import type { IComparison } from './types';

const VEGA_LITE = 'application/vnd.vegalite.v5+json';
const MOST_METRICS = 12;

/** JupyterLab's own drawing of the metrics; null if there is nothing to draw or nobody to do so. */
export function metricsChart(
  comparison: IComparison,
  rendermime: IRenderMimeRegistry,
  isDark: boolean
): Widget | null {
  const spec = metricsSpec(comparison, isDark);
  if (spec === null || rendermime.preferredMimeType({ [VEGA_LITE]: {} }, 'any') === undefined) {
    return null;
  }
  const renderer = rendermime.createRenderer(VEGA_LITE);
  void renderer.renderModel(rendermime.createModel({ data: { [VEGA_LITE]: spec }, trusted: true }));
  return renderer;
}

/** Bars, a small chart for each metric, each with a scale of its own: an rmse is no auc. */
export function metricsSpec(
  { runs, metrics }: IComparison,
  isDark: boolean
): ReadonlyPartialJSONObject | null {
  const shown = metrics.slice(0, MOST_METRICS);
  const values = shown.flatMap(({ name, values: of }) =>
    runs.flatMap(({ run }, at) => {
      const value = of[at];
      return typeof value === 'number' ? [{ metric: name, run: short(run), value }] : [];
    })
  );
  if (values.length === 0) {
    return null;
  }
  return { ...faceted(isDark), data: { values } };
}

function faceted(isDark: boolean): ReadonlyPartialJSONObject {
  const text = isDark ? '#e0e0e0' : '#212121';
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'transparent',
    // Its menu has no name that a screen reader could say; the numbers stand in the table anyway.
    usermeta: { embedOptions: { actions: false } },
    facet: { field: 'metric', type: 'nominal', title: null, columns: 3, sort: null },
    resolve: { scale: { x: 'independent' } },
    config: {
      axis: { labelColor: text, titleColor: text, domain: false, grid: false, tickCount: 3 },
      header: { labelColor: text, labelFontWeight: 'bold' },
      view: { stroke: null }
    },
    spec: {
      width: 180,
      height: { step: 22 },
      encoding: {
        y: { field: 'run', type: 'nominal', title: null, sort: null },
        x: { field: 'value', type: 'quantitative', title: null, axis: null, scale: { zero: true } }
      },
      layer: [
        { mark: { type: 'bar', color: isDark ? '#64b5f6' : '#1976d2', tooltip: true } },
        {
          mark: { type: 'text', align: 'right', dx: -4, color: isDark ? '#111111' : '#ffffff' },
          encoding: { text: { field: 'value', type: 'quantitative', format: '.4~g' } }
        }
      ]
    }
  };
}
