import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DASHBOARD_ROWS, type PanelOf } from './dashboard-rows.js';

const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' };
/** Of Grafana's 24 columns. */
const PANEL_WIDTH = 8;
const PANEL_HEIGHT = 8;

/** The dashboard of deploy/grafana as JSON, by Grafana's own builders, which check it by their types. */
export function renderDashboard(): string {
  const dashboard = new DashboardBuilder('hemoserve')
    .uid('hemoserve')
    .tags(['hemoserve'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .readonly()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('instance')
        .label('Instance')
        .datasource(DATA_SOURCE)
        .query('label_values(hemoserve_images_in_flight, instance)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.*'),
    );
  for (const [title, panels] of Object.entries(DASHBOARD_ROWS)) {
    dashboard.withRow(new RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(builderOf(panel));
  }
  return `${JSON.stringify(dashboard.build(), undefined, 2)}\n`;
}

function builderOf({ title, description, unit, max, stacked = false, queries }: PanelOf): PanelBuilder {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .unit(unit)
    .min(0)
    .span(PANEL_WIDTH)
    .height(PANEL_HEIGHT)
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 10)
    .showPoints(common.VisibilityMode.Never)
    .stacking(
      new common.StackingConfigBuilder().mode(
        stacked ? common.StackingMode.Normal : common.StackingMode.None,
      ),
    )
    .legend(new common.VizLegendOptionsBuilder().showLegend(true))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
  if (max !== undefined) panel.max(max);
  for (const [legend, expr] of Object.entries(queries)) {
    panel.withTarget(new DataqueryBuilder().expr(expr).legendFormat(legend).datasource(DATA_SOURCE));
  }
  return panel;
}
