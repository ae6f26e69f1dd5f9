// Package v2 holds what the provider uses of its SDK's package of this name.
package v2

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type object struct {
	pulumi.CustomResourceState
}

// RegisterResource registers a child of a component under the token of its kind. The SDK does the same with one type
// of Go's for each kind, which a provider has no use for.
func RegisterResource(ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input,
	opts ...pulumi.ResourceOption) (pulumi.CustomResource, error) {
	var registered object
	err := ctx.RegisterResource(fmt.Sprintf("kubernetes:%s:%s", apiVersion, kind), name, props, &registered, opts...)
	if err != nil {
		return nil, err
	}
	return &registered, nil
}
