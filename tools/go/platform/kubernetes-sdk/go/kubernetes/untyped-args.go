// Package kubernetes holds what the provider uses of its SDK's package of this name.
package kubernetes

import "reflect"

// UntypedArgs is an object as it was read from YAML.
type UntypedArgs map[string]any

// ElementType makes UntypedArgs an input of Pulumi's.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeFor[map[string]any]()
}
