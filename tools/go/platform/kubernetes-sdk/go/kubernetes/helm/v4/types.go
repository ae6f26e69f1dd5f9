// Package v4 holds what the provider uses of its SDK's package of this name: the types, without the generated methods
// by which a Chart component's `repositoryOpts` and `postRenderer` would be read.
package v4

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// PostRenderer is a program that a rendered chart passes through.
type PostRenderer struct {
	Args    []string `pulumi:"args"`
	Command string   `pulumi:"command"`
}

// PostRendererInput is a PostRenderer of a component.
type PostRendererInput interface{ pulumi.Input }

// RepositoryOpts says where a chart is.
type RepositoryOpts struct {
	CaFile   pulumi.AssetOrArchive `pulumi:"caFile"`
	CertFile pulumi.AssetOrArchive `pulumi:"certFile"`
	KeyFile  pulumi.AssetOrArchive `pulumi:"keyFile"`
	Password *string               `pulumi:"password"`
	Repo     *string               `pulumi:"repo"`
	Username *string               `pulumi:"username"`
}

// RepositoryOptsInput is RepositoryOpts of a component.
type RepositoryOptsInput interface{ pulumi.Input }
