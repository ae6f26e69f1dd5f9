// The Kubernetes provider with a schema of its name alone: everything but schema queries works.
// Its own main embeds generated files that the published module lacks.
package main

import (
	"fmt"

	"kafka-migration/tools/orphan"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	orphan.EndWithParent()
	schema := fmt.Sprintf(`{"name":"kubernetes","version":%q}`, version.Version)
	provider.Serve("kubernetes", version.Version, []byte(schema), []byte(`{}`))
}
