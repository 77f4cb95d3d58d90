/**
 * Puts a text between its markers in a document, `<!-- NAME: … -->` and `<!-- /NAME -->`.
 *
 * @param file the document's name, for the error.
 * @param text ends with a line break.
 * @throws {Error} when the document has no such markers.
 */
export function putSection(document: string, file: string, name: string, text: string): string {
  const section = new RegExp(`(<!-- ${name}: [^\n]*-->\n)[^]*?(<!-- /${name} -->)`);
  if (!section.test(document)) throw new Error(`${file} has no markers for "${name}"`);
  return document.replace(section, (_match, start: string, end: string) => `${start}\n${text}\n${end}`);
}
