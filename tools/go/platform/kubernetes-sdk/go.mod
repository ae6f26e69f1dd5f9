// Stands in for Pulumi's Go SDK of Kubernetes when the provider is compiled: `platform/go.mod` replaces one by the other.
// The provider needs that SDK, whose generated packages take a third of the whole build, only for components (helm.v4.Chart,
// yaml.v2, kustomize.v2), which no stack of the lab has.
module github.com/pulumi/pulumi-kubernetes/sdk/v4

go 1.25.8

require github.com/pulumi/pulumi/sdk/v3 v3.230.0
