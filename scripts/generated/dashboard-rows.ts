/** One panel: lines over time. */
export interface PanelOf {
  title: string;
  /** What the reader should make of it. */
  description: string;
  /** In Grafana's names. */
  unit: 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'ops';
  max?: number;
  stacked?: boolean;
  /** PromQL by its legend. */
  queries: Record<string, string>;
}

const OF = 'instance=~"$instance"';
const rate = (metric: string, labels = '') =>
  `rate(${metric}{${OF}${labels && `, ${labels}`}}[$__rate_interval])`;
const quantile = (share: number, by: string, metric: string, labels = '') =>
  `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (${rate(`${metric}_bucket`, labels)}))`;
const share = (by: string, part: string, whole: string, on = '') =>
  `sum by (${by}) (${part}) / ${on} sum${on ? ' ' : ` by (${by}) `}(${whole})`;

const REQUESTS = 'hemoserve_http_request_duration_seconds';
const STAGES = 'hemoserve_stage_duration_seconds';

/** The dashboard, row by row. */
export const DASHBOARD_ROWS: Record<string, PanelOf[]> = {
  Traffic: [
    {
      title: 'Requests',
      description: 'By route and status.',
      unit: 'reqps',
      queries: { '{{route}} {{status}}': `sum by (route, status) (${rate(`${REQUESTS}_count`)})` },
    },
    {
      title: 'Crops',
      description: 'Crops classified, by model.',
      unit: 'ops',
      queries: {
        '{{model}} {{version}}': `sum by (model, version) (${rate('hemoserve_predictions_total')})`,
      },
    },
    {
      title: 'Duration of POST /v1/classify',
      description: 'Whole requests; one of many crops takes longer.',
      unit: 's',
      queries: Object.fromEntries(
        [0.5, 0.95, 0.99].map((q) => [`${q * 100} %`, quantile(q, '', REQUESTS, 'route="/v1/classify"')]),
      ),
    },
    {
      title: 'In flight',
      description: 'Crops admitted and not yet done. At HEMOSERVE_MAX_IMAGES_IN_FLIGHT the service refuses.',
      unit: 'short',
      queries: { '{{instance}}': `hemoserve_images_in_flight{${OF}}` },
    },
    {
      title: 'Bytes in flight',
      description: 'Bytes of the files of those crops.',
      unit: 'bytes',
      queries: { '{{instance}}': `hemoserve_bytes_in_flight{${OF}}` },
    },
    {
      title: 'Refused as overloaded',
      description: 'Share of requests. Add replicas when it stays above zero.',
      unit: 'percentunit',
      queries: {
        refused: `sum(${rate('hemoserve_errors_total', 'code="overloaded"')}) / sum(${rate(`${REQUESTS}_count`)})`,
      },
    },
  ],
  'Where the time goes': [
    {
      title: 'Mean time of each stage',
      description: 'Of a crop; inference is that of its batch. The largest part is what to look at.',
      unit: 's',
      stacked: true,
      queries: {
        '{{stage}}': `sum by (stage) (${rate(`${STAGES}_sum`)}) / sum by (stage) (${rate(`${STAGES}_count`)})`,
      },
    },
    {
      title: 'Slow crops by stage (95 %)',
      description: 'What the slowest twentieth of crops takes in each stage, at least.',
      unit: 's',
      queries: { '{{stage}}': quantile(0.95, 'stage', STAGES) },
    },
    {
      title: 'Crops that wait',
      description: 'For a thread that decodes them (preprocess_queue), and for a batch (queue).',
      unit: 'short',
      queries: { '{{model}} {{stage}}': `sum by (model, stage) (hemoserve_queue_length{${OF}})` },
    },
    {
      title: 'Batch size',
      description: 'Mean crops of an inference. It grows with the load.',
      unit: 'short',
      queries: {
        '{{model}}': share('model', rate('hemoserve_batch_size_sum'), rate('hemoserve_batch_size_count')),
      },
    },
    {
      title: 'Engine in use',
      description: 'Inferences at a time, on average. An engine of one part is busy all the time at 1.',
      unit: 'short',
      queries: {
        '{{instance}} {{model}}': `sum by (instance, model) (${rate(`${STAGES}_sum`, 'stage="inference"')})`,
      },
    },
    {
      title: 'Cache of results',
      description: 'Share of crops that are answered without work; nothing where it is off.',
      unit: 'percentunit',
      max: 1,
      queries: {
        hits: `sum(${rate('hemoserve_cache_lookups_total', 'result="hit"')}) / sum(${rate('hemoserve_cache_lookups_total')})`,
      },
    },
  ],
  'What the crops are': [
    {
      title: 'Classes',
      description: 'Share of each class among the answers.',
      unit: 'percentunit',
      max: 1,
      stacked: true,
      queries: {
        '{{class}}': share(
          'class',
          rate('hemoserve_predictions_total'),
          rate('hemoserve_predictions_total'),
          'on () group_left',
        ),
      },
    },
    {
      title: 'Crops that go to review',
      description: 'Share of the answers that a person must look at.',
      unit: 'percentunit',
      max: 1,
      queries: {
        '{{model}} {{version}}': share(
          'model, version',
          rate('hemoserve_decisions_total', 'decision="review"'),
          rate('hemoserve_decisions_total'),
        ),
      },
    },
    {
      title: 'Reasons of review',
      description: 'A crop may have several.',
      unit: 'ops',
      queries: { '{{reason}}': `sum by (reason) (${rate('hemoserve_review_reasons_total')})` },
    },
    {
      title: 'Drift of each source',
      description: "The source's largest gap to the model's reference, in its limits. Above 1 it is shifted.",
      unit: 'short',
      queries: {
        '{{source}} {{quantity}}': `max by (source, quantity) (hemoserve_source_ks{${OF}} / hemoserve_source_ks_limit{${OF}})`,
      },
    },
    {
      title: 'Shifted sources',
      description: '1 while a source is shifted.',
      unit: 'short',
      max: 1,
      queries: { '{{source}} {{model}}': `max by (source, model) (hemoserve_source_shifted{${OF}})` },
    },
    {
      title: 'Classes of each source',
      description: 'Each ward has its own mix.',
      unit: 'percentunit',
      max: 1,
      queries: { '{{source}} {{class}}': `max by (source, class) (hemoserve_source_class_share{${OF}})` },
    },
  ],
  'Laboratory systems': [
    {
      title: 'Age of the oldest result',
      description: 'How long the oldest result has waited for its destination.',
      unit: 's',
      queries: { '{{destination}}': `max by (destination) (hemoserve_outbox_oldest_age_seconds{${OF}})` },
    },
    {
      title: 'Results by state',
      description: 'A dead letter waits for a person.',
      unit: 'short',
      queries: {
        '{{destination}} {{state}}': `max by (destination, state) (hemoserve_outbox_messages{${OF}, state!="delivered"})`,
      },
    },
    {
      title: 'Attempts to send',
      description: 'By what became of them.',
      unit: 'ops',
      queries: {
        '{{destination}} {{outcome}}': `sum by (destination, outcome) (${rate('hemoserve_outbox_attempts_total')})`,
      },
    },
  ],
  'The service': [
    {
      title: 'Errors',
      description: 'By code; docs/reference/errors.md explains each.',
      unit: 'ops',
      queries: { '{{code}}': `sum by (code) (${rate('hemoserve_errors_total')})` },
    },
    {
      title: 'Processor',
      description: 'Cores in use.',
      unit: 'short',
      queries: { '{{instance}}': rate('process_cpu_seconds_total') },
    },
    {
      title: 'Memory',
      description: 'Resident memory of the process. It does not grow with the number of crops.',
      unit: 'bytes',
      queries: { '{{instance}}': `process_resident_memory_bytes{${OF}}` },
    },
    {
      title: 'Longest wait of the event loop',
      description: 'With the 10 ms between two samples.',
      unit: 's',
      queries: { '{{instance}}': `nodejs_eventloop_lag_max_seconds{${OF}}` },
    },
    {
      title: 'Models',
      description: 'How many instances serve each version, and on what.',
      unit: 'short',
      queries: {
        '{{model}} {{version}} {{engine}} {{precision}} {{device}}': `count by (model, version, engine, precision, device) (hemoserve_model_info{${OF}})`,
      },
    },
    {
      title: 'Reloads',
      description: 'Reloads of the models in an hour, by outcome.',
      unit: 'short',
      queries: { '{{outcome}}': `sum by (outcome) (increase(hemoserve_reloads_total{${OF}}[1h]))` },
    },
  ],
};
