/**
 * What Kubernetes calls a variable that tells of a Service of the namespace, in the form of Docker's links too
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
const NAMES = [
  /_SERVICE_HOST$/,
  /_SERVICE_PORT(_[A-Z0-9_]+)?$/,
  /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/,
];
/** `NAME_PORT` could as well be a typing error; its value tells. */
const PORT_NAME = /_PORT$/;
const PORT_VALUE = /^(tcp|udp|sctp):\/\//;

/**
 * The environment without the variables of Kubernetes' Services. A Service whose name begins with `hemoserve` gives
 * each container of its namespace variables that begin with `HEMOSERVE_`.
 */
export function withoutServices(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value = '']) => {
      return !NAMES.some((form) => form.test(name)) && !(PORT_NAME.test(name) && PORT_VALUE.test(value));
    }),
  );
}
