// Package kubernetes has what the provider names of Pulumi's SDK of Kubernetes.
package kubernetes

import "reflect"

// UntypedArgs are the fields of a Kubernetes object.
type UntypedArgs map[string]interface{}

// ElementType makes UntypedArgs an input.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeOf((*map[string]interface{})(nil)).Elem()
}
