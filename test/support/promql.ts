import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { root } from './fixtures.js';

/** A series that a query names: its metric and the labels that it is chosen or grouped by. */
export interface NamedMetric {
  metric: string;
  labels: string[];
}

/** Grafana's own variables, as it would fill them in. */
const VARIABLES: [RegExp, string][] = [
  [/\$__rate_interval/g, '1m'],
  [/\$instance/g, '.*'],
];

/** A query of the dashboard as Prometheus gets it. */
export function filledIn(query: string): string {
  return VARIABLES.reduce((text, [name, value]) => text.replace(name, value), query);
}

/**
 * The metrics that a query names, with the labels of their selectors, by Prometheus' own grammar.
 *
 * @throws {Error} where it is no PromQL.
 */
export function namedMetrics(query: string): NamedMetric[] {
  const text = filledIn(query);
  const found: NamedMetric[] = [];
  parser.parse(text).iterate({
    enter({ name, node }) {
      if (node.type.isError) throw new Error(`no PromQL: ${text}`);
      if (name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      const labels = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      found.push({
        metric: metric ? text.slice(metric.from, metric.to) : '',
        labels: labels.map((matcher) => {
          const label = matcher.getChild('LabelName');
          return label ? text.slice(label.from, label.to) : '';
        }),
      });
    },
  });
  return found;
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[];
}

/** The dashboard's queries by their panel. */
export function dashboardQueries(): { panel: string; expr: string; legend: string }[] {
  const path = join(root, 'deploy', 'grafana', 'dashboards', 'hemoserve.json');
  const { panels } = JSON.parse(readFileSync(path, 'utf8')) as Dashboard;
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ panel: title, expr, legend: legendFormat })),
  );
}

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
}

export function alertRules() {
  const { groups } = parse(readFileSync(join(root, 'deploy', 'prometheus', 'alerts.yml'), 'utf8')) as Rules;
  return groups.flatMap(({ rules }) => rules);
}
