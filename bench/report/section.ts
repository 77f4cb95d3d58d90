/** A section of docs/performance.md, made from the results of one command. */
export interface Section<Results> {
  /** Of its markers in the document and of its file in bench/published. */
  name: string;
  /** In Markdown, without a heading. */
  render(results: Results): string;
  /** Files that bench/report/plots.py draws from the same results. */
  plots?: readonly string[];
}
