/** The document with all figures; docs/performance.md has those that most readers look for. */
export const TABLES = 'docs/performance-tables.md';

/** A section of a document, made from the results of one command. */
export interface Section<Results> {
  /** Of its markers in the document and of its file in bench/published. */
  name: string;
  /** The section whose results in bench/published it is made from; its own unless given. */
  results?: string;
  /** Its path; docs/performance.md unless given. */
  document?: string;
  /** In Markdown, without a heading. */
  render(results: Results): string;
  /** Files that bench/report/plots.py draws from the same results. */
  plots?: readonly string[];
}
