import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

const metadataOf = (plan: StackPlan, options: RenderOptions) =>
  buildMetadata(plan, options, { name: childName(plan.name, 'service'), component: 'service' });

/** Everything below / is the service's: its API, the WebSocket and the page. */
const renderIngress = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { ingress } = plan.service;
  if (ingress === undefined) return [];
  const { host, className, tlsSecretName, annotations } = ingress;
  const metadata = metadataOf(plan, options);
  const backend = { service: { name: childName(plan.name, 'service'), port: { name: 'http' } } };
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: annotations === undefined ? metadata : { ...metadata, annotations },
      spec: {
        ...(className === undefined ? {} : { ingressClassName: className }),
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        ...(tlsSecretName === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecretName }] }),
      },
    },
  ];
};

const renderHttpRoute = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { httpRoute } = plan.service;
  if (httpRoute === undefined) return [];
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: metadataOf(plan, options),
      spec: {
        parentRefs: httpRoute.parentRefs.map((parent) => ({
          group: 'gateway.networking.k8s.io',
          kind: 'Gateway',
          ...parent,
        })),
        ...(httpRoute.hostnames.length > 0 ? { hostnames: httpRoute.hostnames } : {}),
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [
              {
                group: '',
                kind: 'Service',
                name: childName(plan.name, 'service'),
                port: plan.placement.service.port,
                weight: 1,
              },
            ],
          },
        ],
      },
    },
  ];
};

/** How the service is reached from outside of the cluster, where the author says how. */
export const renderRoutes = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => [
  ...renderIngress(plan, options),
  ...renderHttpRoute(plan, options),
];
