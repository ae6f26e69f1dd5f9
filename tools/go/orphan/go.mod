// Used by the providers' modules through a replace directive.
module kafka-migration/tools/orphan

go 1.25.0
