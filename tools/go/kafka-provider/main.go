// The Kafka provider: the Terraform provider behind Pulumi's bridge, under the tokens and property
// names of the npm package @pulumi/kafka. Its own main embeds files that are not published.
package main

import (
	"fmt"

	"kafka-migration/tools/orphan"

	"github.com/Mongey/terraform-provider-kafka/kafka"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

// version is the npm version of @pulumi/kafka, set by the linker.
var version string

func resource(name string) *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource("kafka", "index", name)}
}

func fromEnv(variable string, otherwise any) *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: []string{variable}, Value: otherwise}}
}

func main() {
	orphan.EndWithParent()
	acl := resource("Acl")
	acl.Fields = map[string]*tfbridge.SchemaInfo{
		"resource_name": {Name: "aclResourceName"},
		"resource_type": {Name: "aclResourceType"},
	}
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(kafka.Provider()),
		Name:    "kafka",
		Version: version,
		Config: map[string]*tfbridge.SchemaInfo{
			"sasl_mechanism":  fromEnv("KAFKA_SASL_MECHANISM", "plain"),
			"skip_tls_verify": fromEnv("KAFKA_SKIP_VERIFY", false),
			"tls_enabled":     fromEnv("KAFKA_ENABLE_TLS", true),
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"kafka_acl":                   acl,
			"kafka_quota":                 resource("Quota"),
			"kafka_topic":                 resource("Topic"),
			"kafka_user_scram_credential": resource("UserScramCredential"),
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"kafka_topic":  {Tok: "kafka:index:getTopic"},
			"kafka_topics": {Tok: "kafka:index:getTopics"},
		},
	}
	info.SetAutonaming(255, "-")
	tfbridge.Main("kafka", version, info, []byte(fmt.Sprintf(`{"name":"kafka","version":%q}`, version)))
}
