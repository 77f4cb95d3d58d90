/**
 * What is wrong with the PEM files of a listener together: a key goes with its certificate, an authority with both.
 *
 * @param name how its settings begin, such as `tls`; their variables begin with HEMOSERVE_TLS then.
 */
export function certificateProblems(
  name: string,
  { certificate, key, ca }: { certificate: unknown; key: unknown; ca: unknown },
): { path: string[]; message: string }[] {
  const variable = `HEMOSERVE_${name.toUpperCase()}`;
  const problems: { path: string[]; message: string }[] = [];
  if ((certificate === undefined) !== (key === undefined)) {
    problems.push({
      path: [`${name}Key`],
      message: `expected both ${variable}_CERTIFICATE and ${variable}_KEY`,
    });
  }
  if (ca !== undefined && certificate === undefined) {
    problems.push({ path: [`${name}Ca`], message: `expected ${variable}_CERTIFICATE, too` });
  }
  return problems;
}
