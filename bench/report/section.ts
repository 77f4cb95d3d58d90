/** A section of a document, made from the results of one command. */
export interface Section<Results> {
  /** Of its markers in the document and of its file in bench/published. */
  name: string;
  /** Its path; docs/performance.md unless given. */
  document?: string;
  /** In Markdown, without a heading. */
  render(results: Results): string;
  /** Files that bench/report/plots.py draws from the same results. */
  plots?: readonly string[];
}
