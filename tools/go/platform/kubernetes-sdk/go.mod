// What the Kubernetes provider needs of its Go SDK. The SDK itself has a type for every field of every kind: 25 MB of
// generated code that takes half of the time to build, and that the provider uses only to register the children of
// components. Versions come from the main module.
module github.com/pulumi/pulumi-kubernetes/sdk/v4

go 1.25.0

require github.com/pulumi/pulumi/sdk/v3 v3.230.0
