/** What went wrong with a form; nothing while nothing did. */
export function Problem({ text }: { text: string | undefined }) {
  return text ? (
    <p class="error-text" role="alert">
      {text}
    </p>
  ) : null;
}
