import { className } from '../slides/workbench.ts';
import { formatNumber, t } from '../texts/index.ts';

/** Crops by true class (row) and predicted class (column); darker is a larger share of the row. */
export function Confusion({
  classes,
  counts,
}: {
  classes: readonly string[];
  counts: readonly (readonly number[])[];
}) {
  return (
    <div class="scroll">
      <table class="confusion">
        <caption>{t('model.confusionHow')}</caption>
        <thead>
          <tr>
            <td />
            {classes.map((name) => (
              <th key={name} scope="col">
                {className(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((name, row) => {
            const line = counts[row] ?? [];
            const total = line.reduce((sum, count) => sum + count, 0);
            return (
              <tr key={name}>
                <th scope="row">{className(name)}</th>
                {classes.map((other, column) => {
                  const count = line[column] ?? 0;
                  const share = total > 0 ? count / total : 0;
                  return (
                    <td key={other} class={row === column ? 'right' : 'wrong'} data-share={shade(share)}>
                      {count > 0 && formatNumber(count)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** 0 to 4; by the square root, so that rare confusions are seen at all. */
function shade(share: number): number {
  return share === 0 ? 0 : Math.min(4, Math.ceil(4 * Math.sqrt(share)));
}
