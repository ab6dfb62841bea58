/** The text of `chatstack --help`. */
export const usage = `chatstack: shows what a ChatStack becomes, without a cluster

Usage:
  chatstack plan -f FILE                                 every decision with its reason, and the connection budget
  chatstack render -f FILE [--to kubernetes|compose]     the manifests, or the Docker Compose file
  chatstack help [plan|render]
  chatstack --version

FILE is YAML or JSON with one or more ChatStacks; - reads standard input.

Exit codes:
  0  done
  1  the ChatStack is refused; standard error says what was expected, what was found and what to do
  2  the command line or the file can't be understood
`;

/** The text of `chatstack help plan`. */
export const planUsage = `Usage: chatstack plan -f FILE [-n NAMESPACE] [--service-image IMAGE]

Prints what the operator would decide for each ChatStack of FILE: sizes, pools, replicas and images, each with the reason and
the source of its formula, and the sum of connections against max_connections. Nothing is contacted.

Options:
  -f, --filename FILE     manifest to read; - for standard input
  -n, --namespace NAME    namespace where the manifest names none (default: default)
      --service-image IMAGE   image of the chat service where the spec names none, as the operator is started with

Example:
  chatstack plan -f examples/large.yaml
`;

/** The text of `chatstack help render`. */
export const renderUsage = `Usage: chatstack render -f FILE [--to kubernetes|compose] [-n NAMESPACE] [--service-image IMAGE]

Prints what each ChatStack of FILE becomes:
  kubernetes  the objects the operator applies, in order (default). Passwords are not part of them: the operator makes them
  compose     a file for docker compose

Options:
  -f, --filename FILE     manifest to read; - for standard input
      --to FORM           kubernetes or compose
  -n, --namespace NAME    namespace where the manifest names none (default: default)
      --service-image IMAGE   image of the chat service where the spec names none

Example:
  chatstack render -f examples/empty.yaml --to compose > docker-compose.yml
`;
