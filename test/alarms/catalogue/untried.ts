/** The alerts that no fault raises, and why. */
export const untried: { readonly [alert: string]: string } = {
  ChatStackPoolerCpuHigh:
    'it reads what cAdvisor measures, which the Prometheus of a cluster has and that of a stack has not; and a pooler that uses its core up for a quarter of an hour leaves two cores too little for the rest',
  ChatStackConnectionsRefused:
    'nobody has written the fault: a process of `size: small` takes 6400 connections, so it needs thousands of them, or a stack whose processes take few. That they are refused and counted is tested on a process by itself',
  ChatStackVolumeFillsSoon: 'it looks at six hours of growth, and waits for one more',
  ChatStackProgressingLong: 'it waits for half an hour of a roll-out that neither ends nor fails',
  ChatStackOperatorPanics: 'no mistake of the program is known that could be met',
  ChatStackOperatorReconcileStuck:
    'what a reconcile waits for has an end, 30 s for a request to the API server: a dozen requests, one after the other, would all have to be answered in the last second',
};
