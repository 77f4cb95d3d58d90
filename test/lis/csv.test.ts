import { describe, expect, it } from 'vitest';
import { slideCsv } from '../../src/lis/csv.js';
import { exampleReport } from '../support/lis/example.js';
import { OPTIONS } from '../support/lis/options.js';

describe('a slide as CSV', () => {
  it('has a header and a line for each figure, ended as RFC 4180 says', () => {
    const [header, neutrophils, ...others] = slideCsv(exampleReport(), OPTIONS).split('\r\n');
    expect(header).toBe(
      'slide,specimen_number,order_number,patient_identifier,status,reported_at,verified_by,figure,code_system,code,' +
        'display,value,unit,flag,range_low,range_high,count,n,lower95,upper95,adjusted_value,adjusted_lower95,adjusted_upper95',
    );
    expect(neutrophils).toBe(
      'slide-1,S|0001,ORD^1,P0001,preliminary,2026-11-24T09:35:00.000Z,,class.neutrophil,LN,26511-6,' +
        'Neutrophils/100 leukocytes in Blood,90,%,H,40,75,90,100,82.4,95.1,,,',
    );
    expect(others).toHaveLength(6);
    expect(others.at(-1)).toBe('');
  });

  it('has no text that a spreadsheet would run, and quotes what must be quoted', () => {
    const report = exampleReport('verified');
    report.slide.specimenNumber = '=HYPERLINK("http://x")';
    report.slide.orderNumber = '@a,\r\nb';
    const [, line = ''] = slideCsv(report, OPTIONS).split('\r\nslide-1,');
    expect(line).toContain(`"'=HYPERLINK(""http://x"")","'@a,\r\nb",P0001,final,`);
  });
});
