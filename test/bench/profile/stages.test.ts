import { expect, it } from 'vitest';
import { stageTimes } from '../../../bench/profile/stages.js';
import { stagesTable } from '../../../bench/report/profile.js';

it('shares a request’s time out to its stages', () => {
  const request = 'hemoserve_http_request_duration_seconds';
  const labels = '{method="POST",route="/v1/classify",status="200"}';
  const stage = 'hemoserve_stage_duration_seconds';
  const after = new Map([
    [`${request}_sum${labels}`, 0.03],
    [`${request}_count${labels}`, 2],
    [`${stage}_sum{stage="inference"}`, 0.02],
    [`${stage}_count{stage="inference"}`, 2],
    [`${stage}_sum{stage="read"}`, 0.002],
    [`${stage}_count{stage="read"}`, 2],
  ]);
  expect(stagesTable(stageTimes(new Map(), after)).split('\n').slice(2)).toEqual([
    '| read | 1 | 7 |',
    '| inference | 10 | 67 |',
    '| rest | 4 | 27 |',
    '| whole request | 15 | 100 |',
  ]);
});
